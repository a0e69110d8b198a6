// Lists that come in pages of a hundred: one is looked at, and asked for again and again.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { type Polled, usePolled } from "../polling";
import type { Page } from "../types";

type Params = Record<string, string | undefined>;

/** The page that is looked at, and the buttons to others (null where there is only one). */
export function usePages<T>(
  key: string,
  ask: (params: Params, signal: AbortSignal) => Promise<Page<T>>,
  every: number | ((page: Page<T>) => number),
): { list: Polled<Page<T>>; more: VNode | null } {
  // The cursors that lead to the page, the last one to itself.
  const [cursors, setCursors] = useState<string[]>([]);
  const after = cursors.at(-1);
  const list = usePolled(`${key} ${after ?? ""}`, (signal) => ask({ after }, signal), every);
  const next = list.value?.next ?? null;
  const more =
    next === null && cursors.length === 0 ? null : (
      <nav class="pages" aria-label="Pages">
        <button type="button" disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
          Previous page
        </button>
        <span>Page {cursors.length + 1}</span>
        <button type="button" disabled={next === null} onClick={() => next !== null && setCursors([...cursors, next])}>
          Next page
        </button>
      </nav>
    );
  return { list, more };
}
