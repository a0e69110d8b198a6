// One execution as it is looked at: its record, and all operations that have begun, from its history and its events.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type ApiError, all, get, isAborted, path, shown } from "../api";
import { type Connection, follow } from "../following";
import { NEVER, type Polled, usePolled } from "../polling";
import type { Execution, Happening, Operation } from "../types";
import { LIVE } from "./live";

export interface WatchedExecution {
  record: Polled<Execution>;
  /** Those that have ended, and those that run. */
  operations: Operation[];
  connection: Connection | undefined;
  error: ApiError | undefined;
}

export function useExecution(id: string): WatchedExecution {
  const record = usePolled(
    `execution ${id}`,
    (signal) => get<Execution>(path("exec", id), {}, signal),
    (value) => (LIVE.has(value.status) ? 1000 : 5000),
  );
  const live = record.value !== undefined && LIVE.has(record.value.status);
  const running = usePolled(
    `running ${id} ${live}`,
    async (signal) => (live ? all<Operation>(path("exec", id, "operations"), { state: "running" }, signal) : []),
    live ? 700 : NEVER,
  );
  const { done, connection, error } = useHistory(id, record.value?.status, record.again);
  const operations = useMemo(() => {
    const ended = new Set(done.map(({ id: name, attempt }) => `${name}@${attempt}`));
    return [...done, ...(running.value ?? []).filter((found) => !ended.has(`${found.id}@${found.attempt}`))];
  }, [done, running.value]);
  return { record, operations, connection, error };
}

/** Follows the history; again when an execution that had ended goes on. */
function useHistory(id: string, status: string | undefined, ended: () => void) {
  const [done, setDone] = useState<Operation[]>([]);
  const [connection, setConnection] = useState<Connection>();
  const [error, setError] = useState<ApiError>();
  const last = useRef<number | null>(null);
  const live = status === undefined || LIVE.has(status);

  useEffect(() => {
    last.current = null;
    setDone([]);
  }, [id]);
  useEffect(() => {
    const stop = new AbortController();
    const happened = (items: Happening[]) => {
      last.current = items.at(-1)?.seq ?? last.current;
      const news = items.filter((item) => item.id !== undefined).map(asOperation);
      if (news.length > 0) setDone((before) => [...before, ...news]);
    };
    follow(id, last.current, { happened, connection: setConnection, ended }, stop.signal).catch((failure: unknown) => {
      if (!isAborted(failure)) setError(shown(failure));
    });
    return () => stop.abort();
  }, [id, live]);
  return { done, connection: live ? connection : undefined, error };
}

/** An item of the history is an operation that has ended, with what became of it. */
function asOperation(item: Happening): Operation {
  const event = item as Happening & Omit<Operation, "state">;
  return { ...event, state: event.error ? "failed" : "succeeded" };
}
