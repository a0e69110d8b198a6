// States as a sign, a colour and a word: never by colour alone.

import { type Kind, kindOf, ranked } from "../states";

/** Drawn in a square of 16. */
const SIGNS: Readonly<Record<Kind, string>> = {
  none: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3Zm0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
  working: "M8 2a6 6 0 1 0 6 6h-2.2A3.8 3.8 0 1 1 8 4.200Z",
  partly: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 2v8a4 4 0 0 1 0-8Z",
  well: "M6.500 12.500 2.500 8.500 4 7l2.500 2.500L12 4l1.500 1.500Z",
  ended: "M3 7h10v2H3Z",
  wrong: "M8 1.500 15 14H1Zm-.9 5v3.600h1.800V6.500Zm0 4.600v1.600h1.800v-1.600Z",
};

export function StateSign({ state, size = 14 }: { state: string; size?: number }) {
  const kind = kindOf(state);
  return (
    <svg class={`sign kind-${kind}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={SIGNS[kind]} fill-rule="evenodd" />
    </svg>
  );
}

export function StateBadge({ state, count }: { state: string; count?: number }) {
  return (
    <span class={`badge kind-${kindOf(state)}`}>
      <StateSign state={state} />
      {count === undefined ? state : `${count} ${state}`}
    </span>
  );
}

/** How many have which state. */
export function StateCounts({ counts }: { counts: Readonly<Record<string, number>> }) {
  return (
    <span class="badges">
      {ranked(counts).map(([state, count]) => (
        <StateBadge key={state} state={state} count={count} />
      ))}
    </span>
  );
}
