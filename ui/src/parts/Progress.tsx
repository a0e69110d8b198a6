// How far an execution has come.

import type { Execution } from "../types";

export function Progress({ execution }: { execution: Execution }) {
  const { total, done, running, failed } = execution.operations;
  const words = [`${done} of ${total} operations`, running && `${running} running`, failed && `${failed} failed`];
  return (
    <span class="progress">
      <progress value={done} max={Math.max(total, 1)} aria-label={`Progress of ${execution.id}`} />
      <span>{words.filter(Boolean).join(", ")}</span>
    </span>
  );
}
