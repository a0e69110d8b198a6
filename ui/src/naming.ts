// Node instances by number, index and name, as the engine counts them: an index is the path of numbers from the topmost
// host down, and all instances of a template are numbered in the order of their indexes.

import type { Index, Operation, Side } from "./types";

export function count(radix: Index): number {
  return radix.reduce((product, own) => product * own, 1);
}

export function indexOf(radix: Index, flat: number): number[] {
  const index: number[] = [];
  for (const own of [...radix].reverse()) {
    index.unshift(flat % own);
    flat = Math.floor(flat / own);
  }
  return index;
}

export function flatOf(radix: Index, index: Index): number {
  return radix.reduce((flat, own, place) => flat * own + (index[place] ?? 0), 0);
}

/** A node instance as people write it: `A[2,1]`; a node template has no index. */
export function printed(node: string, index: Index | null): string {
  return index === null || index.length === 0 ? node : `${node}[${index.join(",")}]`;
}

const side = (end: Side): string => printed(end.node, end.index);

/** What an operation does, without on what: `add_target (A[0,1] → B[0,0])`. */
export function operationName(operation: Pick<Operation, "operation" | "relationship">): string {
  const ends = operation.relationship;
  return ends ? `${operation.operation} (${side(ends.source)} → ${side(ends.target)})` : operation.operation;
}

/** A type without where it comes from: `Compute`. */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}
