// All instances, with their states summed up.

import { get, path } from "../api";
import { Stale } from "../parts/Failure";
import { useNow } from "../parts/now";
import { usePages } from "../parts/pages";
import { StateBadge, StateCounts } from "../parts/State";
import { useTitle } from "../parts/title";
import { to } from "../routing";
import { ago } from "../times";
import type { InstanceSummary, Page } from "../types";

const pauseFor = (page: Page<InstanceSummary>) => (page.items.some((item) => item.execution !== null) ? 1500 : 4000);

export function InstancesPage() {
  useTitle("Instances");
  const now = useNow();
  const { list, more } = usePages<InstanceSummary>(
    "instances",
    (params, signal) => get<Page<InstanceSummary>>(path("instance"), { ...params, states: true }, signal),
    pauseFor,
  );
  return (
    <>
      <h1>Instances</h1>
      <Stale error={list.error} />
      {list.value?.items.length === 0 && (
        <section class="empty">
          <p>There are no instances yet.</p>
          <p>
            <a href={to("models")}>Upload a model</a>, and make an instance of it.
          </p>
        </section>
      )}
      {list.value !== undefined && list.value.items.length > 0 && (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Instance</th>
              <th scope="col">Model</th>
              <th scope="col">Status</th>
              <th scope="col">Node instances</th>
              <th scope="col">Created</th>
            </tr>
          </thead>
          <tbody>
            {list.value.items.map((item) => (
              <tr key={`${item.model}/${item.instance}`}>
                <th scope="row">
                  <a href={to("instances", item.model, item.instance)}>{item.instance}</a>
                </th>
                <td data-label="Model">
                  <a href={to("models", item.model)}>{item.model}</a>
                </td>
                <td data-label="Status">
                  <StateBadge state={item.status} />
                </td>
                <td data-label="Node instances">
                  <StateCounts counts={item.states} />
                </td>
                <td data-label="Created">{ago(item.created, now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {more}
    </>
  );
}
