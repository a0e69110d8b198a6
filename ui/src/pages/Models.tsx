// All models, and where archives are dropped to become some.

import { useState } from "preact/hooks";
import { get, path, send } from "../api";
import { Dialog } from "../parts/Dialog";
import { Stale } from "../parts/Failure";
import { notify } from "../parts/Notices";
import { useNow } from "../parts/now";
import { usePages } from "../parts/pages";
import { useTitle } from "../parts/title";
import { to } from "../routing";
import { ago } from "../times";
import type { Model, Page } from "../types";
import { Upload } from "./Upload";

export function ModelsPage() {
  useTitle("Models");
  const { list, more } = usePages<Model>(
    "models",
    (params, signal) => get<Page<Model>>(path("csar"), params, signal),
    4000,
  );
  const [deleted, setDeleted] = useState<string>();
  return (
    <>
      <h1>Models</h1>
      <Upload done={list.again} />
      <Stale error={list.error} />
      {list.value?.items.length === 0 && (
        <p class="faint">There are no models yet. The folder example of Ditrit Workflows has some to begin with.</p>
      )}
      {list.value !== undefined && list.value.items.length > 0 && (
        <ModelTable models={list.value.items} remove={setDeleted} />
      )}
      {more}
      {deleted !== undefined && (
        <DeleteModel
          model={deleted}
          close={() => setDeleted(undefined)}
          done={() => {
            notify(`Model ${deleted} was deleted.`);
            list.again();
          }}
        />
      )}
    </>
  );
}

function ModelTable({ models, remove }: { models: readonly Model[]; remove: (model: string) => void }) {
  const now = useNow();
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">Node templates</th>
          <th scope="col">Workflows</th>
          <th scope="col">Warnings</th>
          <th scope="col">Uploaded</th>
          <th scope="col">
            <span class="hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {models.map((item) => (
          <tr key={item.model}>
            <th scope="row">
              <a href={to("models", item.model)}>{item.model}</a>
            </th>
            <td data-label="Node templates">{item.node_templates}</td>
            <td data-label="Workflows">{item.workflows.join(", ")}</td>
            <td data-label="Warnings">{item.warnings.length || "none"}</td>
            <td data-label="Uploaded">{ago(item.created, now)}</td>
            <td>
              <button type="button" aria-label={`Delete ${item.model}`} onClick={() => remove(item.model)}>
                Delete…
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function DeleteModel({ model, close, done }: { model: string; close: () => void; done: () => void }) {
  return (
    <Dialog
      title={`Delete model ${model}?`}
      action="Delete"
      grave
      close={close}
      act={async () => {
        await send("DELETE", path("csar", model));
        done();
      }}
    >
      <p>The archive goes too. A model that has instances is not deleted.</p>
    </Dialog>
  );
}
