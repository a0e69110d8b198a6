// One execution.

import { useTitle } from "../parts/title";

export function ExecutionPage({ id }: { id: string }) {
  useTitle(id);
  return <h1>{id}</h1>;
}
