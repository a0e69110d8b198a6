// The workers that live.

import { get, path } from "../api";
import { Stale } from "../parts/Failure";
import { useNow } from "../parts/now";
import { usePages } from "../parts/pages";
import { useTitle } from "../parts/title";
import { ago } from "../times";
import type { Page, Worker } from "../types";

export function WorkersPage() {
  useTitle("Workers");
  const now = useNow();
  const { list, more } = usePages<Worker>(
    "workers",
    (params, signal) => get<Page<Worker>>(path("workers"), params, signal),
    2000,
  );
  return (
    <>
      <h1>Workers</h1>
      <Stale error={list.error} />
      {list.value?.items.length === 0 && (
        <section class="empty">
          <p>No worker lives. Nothing is carried out until one does.</p>
        </section>
      )}
      {list.value !== undefined && list.value.items.length > 0 && (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Worker</th>
              <th scope="col">Machine</th>
              <th scope="col">Running</th>
              <th scope="col">Started</th>
            </tr>
          </thead>
          <tbody>
            {list.value.items.map((worker) => (
              <tr key={worker.id}>
                <th scope="row">{worker.id}</th>
                <td data-label="Machine">{worker.host}</td>
                <td data-label="Running">
                  {worker.running.length} of {worker.slots}
                </td>
                <td data-label="Started">{ago(worker.since, now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {more}
    </>
  );
}
