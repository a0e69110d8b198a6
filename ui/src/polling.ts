// What is asked for again and again while it is looked at; nothing is asked while the tab is hidden.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, isAborted, shown } from "./api";

/** For what does not change while it is looked at. */
export const NEVER = 1 << 30;

export interface Polled<T> {
  /** The last answer, kept while newer requests fail. */
  value: T | undefined;
  error: ApiError | undefined;
  /** Ask at once. */
  again(): void;
}

/**
 * `key` says what is asked for: with another one everything begins anew.  With another `moment` it is merely asked for
 * at once, and what is there is kept until the answer comes.
 */
export function usePolled<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  every: number | ((value: T) => number),
  moment = "",
): Polled<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: ApiError }>({ key });
  const [round, setRound] = useState(0);
  const latest = useRef({ ask, every });
  latest.current = { ask, every };

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const pause = document.hidden ? 1000 : await asked(latest.current, stop.signal, key, setState);
      if (!stop.signal.aborted && pause !== null) timer = setTimeout(look, pause);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, round, moment]);

  const again = useCallback(() => setRound((before) => before + 1), []);
  const now = state.key === key ? state : undefined;
  return { value: now?.value, error: now?.error, again };
}

type State<T> = { key: string; value?: T; error?: ApiError };

async function asked<T>(
  { ask, every }: { ask: (signal: AbortSignal) => Promise<T>; every: number | ((value: T) => number) },
  signal: AbortSignal,
  key: string,
  set: (change: (before: State<T>) => State<T>) => void,
): Promise<number | null> {
  try {
    const value = await ask(signal);
    if (signal.aborted) return null;
    set(() => ({ key, value }));
    return typeof every === "number" ? every : every(value);
  } catch (error) {
    if (isAborted(error) || signal.aborted) return null;
    const told = shown(error);
    set((before) => (before.key === key ? { ...before, error: told } : { key, error: told }));
    return told.passing ? 1000 : 5000;
  }
}
