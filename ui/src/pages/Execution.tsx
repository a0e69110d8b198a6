// One execution: how far it has come, its timeline, what failed, what waits for what.

import { useMemo, useState } from "preact/hooks";
import { get, path } from "../api";
import { operationName, printed } from "../naming";
import { OperationDetails } from "../node/Operations";
import { ConnectionSign } from "../parts/ConnectionSign";
import { Failure, Stale } from "../parts/Failure";
import { lazy } from "../parts/lazy";
import { useNow } from "../parts/now";
import { Progress } from "../parts/Progress";
import { StateBadge } from "../parts/State";
import { useTitle } from "../parts/title";
import { NEVER, usePolled } from "../polling";
import { to } from "../routing";
import type { Bar } from "../timeline/lanes";
import { lasting, moment } from "../times";
import type { Execution, Operation, Overview, Page, Wait } from "../types";
import { ExecutionActions } from "./Actions";
import { LIVE } from "./live";
import { useExecution } from "./useExecution";

const Timeline = lazy(() => import("../timeline/Timeline"));
const SHOWN = 20; // waits

export function ExecutionPage({ id }: { id: string }) {
  const { record, operations, connection, error } = useExecution(id);
  const execution = record.value;
  useTitle(execution === undefined ? id : `${execution.workflow} of ${execution.model}/${execution.instance}`);
  if (execution === undefined) return <Failure error={record.error} />;
  return (
    <>
      <header class="heading">
        <p class="crumbs">
          <a href={to("executions")}>Executions</a> / <code>{id}</code>
        </p>
        <h1>
          {execution.workflow} of{" "}
          <a href={to("instances", execution.model, execution.instance)}>
            {execution.model}/{execution.instance}
          </a>
        </h1>
        <StateBadge state={execution.status} />
        <ConnectionSign connection={connection} />
        <ExecutionButtons execution={execution} done={record.again} />
      </header>
      <Stale error={error ?? record.error} />
      <Body execution={execution} operations={operations} />
    </>
  );
}

function ExecutionButtons({ execution, done }: { execution: Execution; done: () => void }) {
  const { id, model, instance, status } = execution;
  const newest = usePolled(
    `newest of ${model}/${instance}`,
    async (signal) => {
      const params = { model, instance, newest: true, limit: 1 };
      return (await get<Page<Execution>>(path("exec"), params, signal)).items[0]?.id;
    },
    5000,
    status,
  );
  return (
    <div class="actions">
      <ExecutionActions execution={execution} newest={newest.value === undefined || newest.value === id} done={done} />
    </div>
  );
}

function Body({ execution, operations }: { execution: Execution; operations: Operation[] }) {
  const live = LIVE.has(execution.status);
  const tick = useNow(500);
  const now = live ? tick : moment(execution.ended ?? execution.created);
  const hosts = useHosts(execution);
  const critical = useCriticalPath(execution);
  const [chosen, choose] = useState<Bar>();
  const began = moment(execution.created);
  const latest = operations.find((found) => chosen !== undefined && barId(found) === chosen.id) ?? chosen?.operation;
  return (
    <>
      <p class="under-way">
        <Progress execution={execution} />
        <span class="faint">
          {live ? "for" : "took"} {lasting(Math.max(now - began, 0))}
          {critical.ids.size > 0 && `, ${critical.told}`}
        </span>
      </p>
      {execution.error !== null && <Failures text={execution.error} />}
      <div class="split">
        {operations.length === 0 ? (
          <p class="empty wide">{live ? "No operation has begun yet." : "No operation was carried out."}</p>
        ) : (
          <Timeline
            operations={operations}
            began={began}
            now={now}
            hosts={hosts}
            critical={critical.ids}
            chosen={chosen?.id}
            choose={choose}
          />
        )}
        {latest !== undefined && (
          <OperationPanel execution={execution} operation={latest} close={() => choose(undefined)} />
        )}
      </div>
      {execution.status !== "succeeded" && <Waits execution={execution} />}
    </>
  );
}

function barId({ id, attempt }: Operation): string {
  return `${id}@${attempt ?? 0}`;
}

function Failures({ text }: { text: string }) {
  return (
    <section class="failure" aria-label="Failures">
      {text.split("\n").map((line) => (
        <p key={line}>{line}</p>
      ))}
    </section>
  );
}

function OperationPanel(props: { execution: Execution; operation: Operation; close: () => void }) {
  const { execution, operation, close } = props;
  const name = printed(operation.node, operation.index);
  return (
    <aside class="panel" aria-label={`${name} ${operation.operation}`}>
      <header>
        <h2>{name}</h2>
        <button type="button" class="quiet" onClick={close} aria-label={`Close ${name}`}>
          ✕
        </button>
      </header>
      <p>
        <StateBadge state={operation.state} /> {operation.interface}.{operationName(operation)}
      </p>
      <OperationDetails execution={execution.id} operation={operation} />
    </aside>
  );
}

function Waits({ execution }: { execution: Execution }) {
  const live = LIVE.has(execution.status);
  const waits = usePolled(
    `waits ${execution.id}`,
    (signal) => get<Page<Wait>>(path("exec", execution.id, "waits"), { limit: SHOWN }, signal),
    live ? 2000 : 60_000,
    execution.status,
  );
  const items = waits.value?.items ?? [];
  if (items.length === 0) return <Stale error={waits.error} />;
  return (
    <section>
      <h2>Waiting</h2>
      <Stale error={waits.error} />
      <ul class="waiting">
        {items.map((wait) => (
          <li key={printed(wait.node, wait.index)} class="waits">
            {wait.text}
          </li>
        ))}
      </ul>
      {waits.value?.next !== null && <p class="faint">Others wait too.</p>}
    </section>
  );
}

/** The topmost host of each node template. */
function useHosts({ model, instance }: Execution): ReadonlyMap<string, string> {
  const overview = usePolled(
    `hosts of ${model}/${instance}`,
    (signal) => get<Overview>(`${path("instance", model, instance)}/graph`, {}, signal),
    NEVER,
  );
  return useMemo(() => {
    const hosts = new Map(overview.value?.nodes.map((node) => [node.name, node.host]));
    const top = (name: string): string => {
      const host = hosts.get(name);
      return host ? top(host) : name;
    };
    return new Map([...hosts.keys()].map((name) => [name, top(name)]));
  }, [overview.value]);
}

function useCriticalPath({ id, status, ended }: Execution): { ids: ReadonlySet<string>; told: string } {
  const over = !LIVE.has(status);
  const path_ = usePolled(
    `critical path of ${id} ${over} ${ended}`,
    async (signal) =>
      over ? (await get<{ operations: string[] }>(`${path("exec", id)}/critical-path`, {}, signal)).operations : [],
    NEVER,
  );
  return useMemo(() => {
    const ids = new Set(path_.value ?? []);
    return { ids, told: `${ids.size} operations on the critical path` };
  }, [path_.value]);
}
