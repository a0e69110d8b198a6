// What states mean to a person: one of a few kinds, each with a colour and a sign of its own.

export type Kind = "none" | "working" | "partly" | "well" | "ended" | "wrong";

const KINDS: Readonly<Record<string, Kind>> = {
  initial: "none",
  creating: "working",
  configuring: "working",
  starting: "working",
  stopping: "working",
  deleting: "working",
  created: "partly",
  configured: "partly",
  stopped: "partly",
  available: "partly",
  started: "well",
  deleted: "ended",
  error: "wrong",
  // of operations and executions
  waiting: "none",
  ready: "partly",
  running: "working",
  succeeded: "well",
  failed: "wrong",
  cancelling: "working",
  cancelled: "ended",
  mixed: "partly",
};

/** A state that a model has made up is one on the way. */
export function kindOf(state: string): Kind {
  return KINDS[state] ?? "partly";
}

const ORDER: readonly Kind[] = ["wrong", "working", "partly", "well", "none", "ended"];

/** States with how many have them, those that ask for attention first. */
export function ranked(counts: Readonly<Record<string, number>>): [state: string, count: number][] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => ORDER.indexOf(kindOf(a)) - ORDER.indexOf(kindOf(b)) || a.localeCompare(b));
}

/** The state that stands for several: the one that asks for attention most. */
export function leading(counts: Readonly<Record<string, number>>): string {
  return ranked(counts)[0]?.[0] ?? "initial";
}
