// All models.

import { get, path } from "../api";
import { Stale } from "../parts/Failure";
import { usePages } from "../parts/pages";
import { useTitle } from "../parts/title";
import { to } from "../routing";
import type { Model, Page } from "../types";

export function ModelsPage() {
  useTitle("Models");
  const { list, more } = usePages<Model>(
    "models",
    (params, signal) => get<Page<Model>>(path("csar"), params, signal),
    4000,
  );
  return (
    <>
      <h1>Models</h1>
      <Stale error={list.error} />
      <ul>
        {list.value?.items.map((model) => (
          <li key={model.model}>
            <a href={to("models", model.model)}>{model.model}</a>
          </li>
        ))}
      </ul>
      {more}
    </>
  );
}
