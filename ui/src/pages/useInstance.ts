// One instance as it is looked at: its picture once, then the events of what runs on it, and its executions.

import { useEffect, useState } from "preact/hooks";
import { type ApiError, get, isAborted, path, shown } from "../api";
import { type Connection, follow } from "../following";
import { LiveStates } from "../graph/live";
import { type Polled, usePolled } from "../polling";
import type { Execution, Overview, Page } from "../types";
import { LIVE } from "./live";

export interface Watched {
  live: LiveStates | undefined;
  overview: Overview | undefined;
  executions: Polled<Execution[]>;
  /** The execution under way, or the last one. */
  latest: Execution | undefined;
  connection: Connection | undefined;
  error: ApiError | undefined;
  /** An execution has begun, been cancelled or resumed from this page: look at once. */
  changed: (execution?: Execution) => void;
}

export function useInstance(model: string, instance: string): Watched {
  const executions = usePolled(
    `executions of ${model}/${instance}`,
    async (signal) => {
      const params = { model, instance, newest: true, limit: 20 };
      return (await get<Page<Execution>>(path("exec"), params, signal)).items;
    },
    1500,
  );
  const latest = executions.value?.[0];
  const underWay = latest !== undefined && LIVE.has(latest.status) ? latest.id : undefined;
  const [state, setState] = useState<{ overview: Overview; live: LiveStates }>();
  const [error, setError] = useState<ApiError>();
  const [connection, setConnection] = useState<Connection>();
  const [begun, setBegun] = useState<string>();

  // The picture anew with each execution that begins, and when one ends: others may have changed the instance too.
  const ended = latest?.ended ?? "";
  useEffect(() => {
    const stop = new AbortController();
    void watched(model, instance, stop.signal, setConnection, executions.again, (overview, live) => {
      setState({ overview, live });
      setError(undefined);
    }).catch((failure: unknown) => {
      if (!isAborted(failure)) setError(shown(failure));
    });
    return () => stop.abort();
  }, [model, instance, underWay ?? begun, ended]);

  const changed = (execution?: Execution) => {
    if (execution !== undefined) setBegun(execution.id);
    executions.again();
  };
  return { live: state?.live, overview: state?.overview, executions, latest, connection, error, changed };
}

async function watched(
  model: string,
  instance: string,
  signal: AbortSignal,
  connection: (state: Connection | undefined) => void,
  ended: () => void,
  show: (overview: Overview, live: LiveStates) => void,
): Promise<void> {
  const overview = await get<Overview>(`${path("instance", model, instance)}/graph`, {}, signal);
  const live = new LiveStates(overview);
  show(overview, live);
  connection(undefined);
  if (overview.execution === null) return;
  const follower = {
    happened: (items: Parameters<typeof live.happened>[0]) => live.happened(items),
    connection,
    ended,
  };
  await follow(overview.execution, overview.seq, follower, signal);
}
