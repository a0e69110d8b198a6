// Operations as bars: grouped by host or by worker, and within a group in as few lanes as they fit into.

import { grouped } from "../grouping";
import { operationName, printed } from "../naming";
import { moment } from "../times";
import type { Operation } from "../types";

export interface Bar {
  id: string;
  operation: Operation;
  /** Milliseconds since the execution began. */
  start: number;
  end: number;
  running: boolean;
  label: string;
}

export interface Lane {
  group: string;
  /** Whether it is the first one of its group. */
  first: boolean;
  bars: Bar[];
}

export type Grouping = (operation: Operation) => string;

export function byWorker(operation: Operation): string {
  return operation.worker ?? "no worker";
}

/** By the topmost host, which is a machine: `hosts` tells it of each node template. */
export function byHost(hosts: ReadonlyMap<string, string>): Grouping {
  return ({ node, index }) => {
    const host = hosts.get(node);
    return host === undefined ? printed(node, index) : printed(host, index.slice(0, 1));
  };
}

/** What has begun as bars, in the order of their beginnings; what runs ends now. */
export function bars(operations: readonly Operation[], began: number, now: number): Bar[] {
  const found: Bar[] = [];
  for (const operation of operations) {
    if (operation.started === null) continue;
    const running = operation.ended === null;
    found.push({
      id: `${operation.id}@${operation.attempt ?? 0}`,
      operation,
      start: moment(operation.started) - began,
      end: operation.ended === null ? now - began : moment(operation.ended) - began,
      running,
      label: `${printed(operation.node, operation.index)} ${operationName(operation)}`,
    });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Groups in the order of their names, numbers in them as numbers. */
export function lanes(all: readonly Bar[], grouping: Grouping): Lane[] {
  const groups = grouped(all, (bar) => grouping(bar.operation));
  const names = [...groups.keys()].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  return names.flatMap((group) =>
    packed(groups.get(group) ?? []).map((inLane, number) => ({ group, first: number === 0, bars: inLane })),
  );
}

/** Bars in lanes where none overlaps another: each goes into the first lane that is free by then. */
function packed(sorted: readonly Bar[]): Bar[][] {
  const found: Bar[][] = [];
  const ends: number[] = [];
  for (const bar of sorted) {
    const free = ends.findIndex((end) => end <= bar.start);
    const lane = free < 0 ? found.push([]) - 1 : free;
    found[lane]?.push(bar);
    ends[lane] = bar.end;
  }
  return found;
}

/** Round times for so many marks at most, from 0 on. */
export function ticks(span: number, most: number): number[] {
  const least = Math.max(span, 1) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= least) ?? 10 * power;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, number) => number * step);
}
