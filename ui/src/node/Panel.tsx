// All about one node instance, beside the graph: what it waits for, its properties and attributes, its operations.

import { useEffect, useRef } from "preact/hooks";
import { get, path } from "../api";
import type { Chosen } from "../graph/Graph";
import type { LiveStates } from "../graph/live";
import { useLive } from "../graph/useLive";
import { printed, shortType } from "../naming";
import { LIVE } from "../pages/live";
import { Stale } from "../parts/Failure";
import { StateBadge } from "../parts/State";
import { usePolled } from "../polling";
import type { Execution, Index, NodeDetails, Page, Values, Wait } from "../types";
import { OperationList } from "./Operations";

interface Asked {
  model: string;
  instance: string;
  chosen: Chosen;
  live: LiveStates;
  /** The execution whose operations are shown. */
  execution: Execution | undefined;
  close: () => void;
}

export default function Panel({ model, instance, chosen, live, execution, close }: Asked) {
  useLive(live);
  const index = live.index(chosen.node, chosen.flat);
  const name = printed(chosen.node, index);
  const state = live.state(chosen.node, chosen.flat);
  const running = execution !== undefined && LIVE.has(execution.status);
  const details = usePolled(
    `${model}/${instance}/${name}`,
    (signal) =>
      get<NodeDetails>(path("instance", model, instance, "node", chosen.node), { index: index.join() }, signal),
    running ? 3000 : 10_000,
    state,
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [name]);
  return (
    <aside class="panel" aria-label={name} onKeyDown={(event) => event.key === "Escape" && close()}>
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {name}
        </h2>
        <button type="button" class="quiet" onClick={close} aria-label={`Close ${name}`}>
          ✕
        </button>
      </header>
      <p>
        <StateBadge state={state} />{" "}
        <span title={details.value?.type}>{shortType(live.template(chosen.node).type)}</span>
        {details.value?.host && (
          <span class="faint"> on {printed(details.value.host.node, details.value.host.index)}</span>
        )}
      </p>
      {details.value?.description && <p class="faint">{details.value.description}</p>}
      {execution !== undefined && execution.status !== "succeeded" && (
        <WaitsFor execution={execution} node={chosen.node} index={index} state={state} />
      )}
      <Stale error={details.error} />
      {execution !== undefined && (
        <section>
          <h3>
            Operations <span class="faint">of {execution.workflow}</span>
          </h3>
          <OperationList execution={execution} node={chosen.node} index={index} state={state} />
        </section>
      )}
      <ValueTable title="Properties" values={details.value?.properties} />
      <ValueTable title="Attributes" values={details.value?.attributes} />
    </aside>
  );
}

function WaitsFor(props: { execution: Execution; node: string; index: Index; state: string }) {
  const { execution, node, index, state } = props;
  const waits = usePolled(
    `waits ${execution.id} ${printed(node, index)}`,
    async (signal) => {
      const params = { node, index: index.join() };
      return (await get<Page<Wait>>(path("exec", execution.id, "waits"), params, signal)).items;
    },
    LIVE.has(execution.status) ? 1500 : 60_000,
    `${state} ${execution.status}`,
  );
  return (
    <>
      {waits.value?.map((wait) => (
        <p key={wait.text} class="waits">
          {wait.text}
        </p>
      ))}
    </>
  );
}

function ValueTable({ title, values }: { title: string; values: Values | undefined }) {
  const rows = Object.entries(values ?? {});
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl class="values">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value === null ? <span class="faint">not known yet</span> : <code>{written(value)}</code>}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}
