// One model.

import { useTitle } from "../parts/title";

export function ModelPage({ model }: { model: string }) {
  useTitle(model);
  return <h1>{model}</h1>;
}
