// The states of all node instances of one instance: read once as a picture, then changed by events.

import { grouped } from "../grouping";
import { count, flatOf, indexOf } from "../naming";
import type { Edge, Happening, Overview } from "../types";

export interface Template {
  name: string;
  type: string;
  host: string | null;
  radix: readonly number[];
  count: number;
  /** How many there are on each instance of the host. */
  own: number;
  /** The templates hosted on this one. */
  hosted: readonly string[];
}

type Counts = Record<string, number>;

export class LiveStates {
  readonly templates: ReadonlyMap<string, Template>;
  readonly edges: readonly Edge[];
  private readonly states = new Map<string, string[]>();
  private readonly listeners = new Set<() => void>();

  constructor(overview: Overview) {
    const hosted = grouped(overview.nodes, (node) => node.host);
    this.templates = new Map(
      overview.nodes.map(({ name, type, host, radix }) => {
        const children = (hosted.get(name) ?? []).map((node) => node.name);
        return [name, { name, type, host, radix, count: count(radix), own: radix.at(-1) ?? 1, hosted: children }];
      }),
    );
    this.edges = overview.relationships.filter((edge) => !edge.hosted_on);
    for (const node of overview.nodes) {
      this.states.set(
        node.name,
        node.states.map((number) => overview.states[number] ?? "initial"),
      );
    }
  }

  template(name: string): Template {
    const found = this.templates.get(name);
    if (found === undefined) throw new Error(`no node template ${name}`);
    return found;
  }

  /** The templates that are hosted on nothing. */
  roots(): Template[] {
    return [...this.templates.values()].filter((template) => template.host === null);
  }

  index(name: string, flat: number): number[] {
    return indexOf(this.template(name).radix, flat);
  }

  state(name: string, flat: number): string {
    return this.states.get(name)?.[flat] ?? "initial";
  }

  /** How many of the instances `low` … `low + size - 1` have which state. */
  counts(name: string, low: number, size: number): Counts {
    const counts: Counts = {};
    for (const state of (this.states.get(name) ?? []).slice(low, low + size)) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  /** The same of all node instances. */
  total(): Counts {
    const total: Counts = {};
    for (const { name, count: size } of this.templates.values()) {
      for (const [state, found] of Object.entries(this.counts(name, 0, size)))
        total[state] = (total[state] ?? 0) + found;
    }
    return total;
  }

  happened(items: readonly Happening[]): void {
    for (const { node, index, state } of items) {
      const states = this.states.get(node);
      if (state !== undefined && states !== undefined) states[flatOf(this.template(node).radix, index)] = state;
    }
    for (const listener of this.listeners) listener();
  }

  /** Call `listener` after each change; the answer ends that. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
