// The operations of one node instance in one execution, each with what it printed.

import { useState } from "preact/hooks";
import { all, path } from "../api";
import { operationName, printed } from "../naming";
import { LIVE } from "../pages/live";
import { Stale } from "../parts/Failure";
import { StateBadge } from "../parts/State";
import { usePolled } from "../polling";
import { lasting, moment } from "../times";
import type { Execution, Index, Operation } from "../types";
import { Log } from "./Log";

export function OperationList(props: { execution: Execution; node: string; index: Index; state: string }) {
  const { execution, node, index, state } = props;
  const operations = usePolled(
    `operations ${execution.id} ${printed(node, index)}`,
    (signal) => all<Operation>(path("exec", execution.id, "operations"), { node, index: index.join() }, signal),
    LIVE.has(execution.status) ? 1000 : 60_000,
    `${state} ${execution.status}`,
  );
  const [open, setOpen] = useState<string>();
  const found = [...(operations.value ?? [])].sort((a, b) => begin(a) - begin(b));
  return (
    <>
      <Stale error={operations.error} />
      {operations.value?.length === 0 && <p class="faint">None has an implementation.</p>}
      <ul class="operations">
        {found.map((operation) => (
          <li key={operation.id}>
            <button
              type="button"
              class="operation"
              aria-expanded={open === operation.id}
              onClick={() => setOpen(open === operation.id ? undefined : operation.id)}
            >
              <StateBadge state={operation.state} />
              <span class="operation-name">{operationName(operation)}</span>
              <span class="faint">{told(operation)}</span>
            </button>
            {open === operation.id && <OperationDetails execution={execution.id} operation={operation} />}
          </li>
        ))}
      </ul>
    </>
  );
}

export function OperationDetails({ execution, operation }: { execution: string; operation: Operation }) {
  return (
    <div class="operation-details">
      <p class="faint">
        <code>{operation.implementation}</code>
        {operation.worker && ` · on ${operation.worker}`}
        {operation.attempt ? ` · attempt ${operation.attempt}` : ""}
        {operation.exit_code !== null && ` · exit code ${operation.exit_code}`}
      </p>
      {operation.error && <p class="failure">{operation.error}</p>}
      <Log execution={execution} operation={operation} />
    </div>
  );
}

/** Those that have begun in that order, then those that wait, in the order in which they were told. */
function begin(operation: Operation): number {
  return operation.started === null ? Number.MAX_SAFE_INTEGER : moment(operation.started);
}

function told({ started, ended, attempt }: Operation): string {
  const length = started !== null && ended !== null ? lasting(moment(ended) - moment(started)) : "";
  return attempt !== null && attempt > 1 ? `${length} attempt ${attempt}`.trim() : length;
}
