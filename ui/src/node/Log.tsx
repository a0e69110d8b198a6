// What an operation printed; what it prints while it runs appears as soon as the manager has it.

import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, isAborted, path, shown, text } from "../api";
import { Stale } from "../parts/Failure";
import type { Operation } from "../types";

const PAUSE = 700; // milliseconds between two looks while it runs
const UNDER_WAY: ReadonlySet<string> = new Set(["ready", "running", "waiting"]);

export function Log({ execution, operation }: { execution: string; operation: Operation }) {
  const { id, state, attempt } = operation;
  const [printed, setPrinted] = useState<string>();
  const [error, setError] = useState<ApiError>();
  const element = useRef<HTMLPreElement>(null);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        setPrinted(await text(`${path("exec", execution)}/log`, { id }, stop.signal));
        setError(undefined);
      } catch (failure) {
        if (isAborted(failure)) return;
        setError(shown(failure));
      }
      if (UNDER_WAY.has(state) && !stop.signal.aborted) timer = setTimeout(look, PAUSE);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [execution, id, state, attempt]);

  // Whoever looks at the end of it sees what comes.
  useEffect(() => {
    const log = element.current;
    if (log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 80) log.scrollTop = log.scrollHeight;
  }, [printed]);

  return (
    <>
      <Stale error={error} />
      {printed !== undefined && (
        <pre ref={element} class="log" tabIndex={0} role="region" aria-label={`Log of ${operation.operation}`}>
          {printed || empty(state)}
        </pre>
      )}
    </>
  );
}

function empty(state: string): string {
  if (state === "running") return "It runs; nothing has been printed yet.";
  return UNDER_WAY.has(state) ? "It has not begun." : "It has printed nothing.";
}
