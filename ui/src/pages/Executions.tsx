// All executions, the newest first, with how far they have come.

import { get, path } from "../api";
import { Stale } from "../parts/Failure";
import { useNow } from "../parts/now";
import { Progress } from "../parts/Progress";
import { usePages } from "../parts/pages";
import { StateBadge } from "../parts/State";
import { useTitle } from "../parts/title";
import { to } from "../routing";
import { ago } from "../times";
import type { Execution, Page } from "../types";
import { LIVE } from "./live";

const pauseFor = (page: Page<Execution>) => (page.items.some((item) => LIVE.has(item.status)) ? 1000 : 4000);

export function ExecutionsPage() {
  useTitle("Executions");
  const { list, more } = usePages<Execution>(
    "executions",
    (params, signal) => get<Page<Execution>>(path("exec"), { ...params, newest: true }, signal),
    pauseFor,
  );
  return (
    <>
      <h1>Executions</h1>
      <Stale error={list.error} />
      {list.value?.items.length === 0 && (
        <section class="empty">
          <p>Nothing has been executed yet.</p>
          <p>
            <a href={to("instances")}>Choose an instance</a>, and execute one of its workflows.
          </p>
        </section>
      )}
      {list.value !== undefined && list.value.items.length > 0 && <ExecutionTable executions={list.value.items} />}
      {more}
    </>
  );
}

export function ExecutionTable({ executions }: { executions: readonly Execution[] }) {
  const now = useNow();
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Workflow</th>
          <th scope="col">Instance</th>
          <th scope="col">Status</th>
          <th scope="col">Progress</th>
          <th scope="col">Begun</th>
        </tr>
      </thead>
      <tbody>
        {executions.map((item) => (
          <tr key={item.id}>
            <th scope="row">
              <a href={to("executions", item.id)}>{item.workflow}</a> <code class="faint">{item.id}</code>
            </th>
            <td data-label="Instance">
              <a href={to("instances", item.model, item.instance)}>
                {item.model}/{item.instance}
              </a>
            </td>
            <td data-label="Status">
              <StateBadge state={item.status} />
            </td>
            <td data-label="Progress">
              <Progress execution={item} />
            </td>
            <td data-label="Begun">{ago(item.created, now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
