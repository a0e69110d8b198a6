// Instances as the API shows them, for tests.

import { count } from "../src/naming";
import type { NodeStates, Overview } from "../src/types";

export function node(name: string, radix: number[], host: string | null = null): NodeStates {
  return { name, type: "t", host, radix, states: Array.from({ length: count(radix) }, () => 0) };
}

export function overview(nodes: NodeStates[], edges: [string, string][] = []): Overview {
  const related = edges.map(([source, target]) => ({
    name: `${source}.to`,
    type: "t",
    source,
    target,
    hosted_on: false,
  }));
  return {
    model: "m",
    instance: "i",
    status: "initial",
    execution: null,
    seq: null,
    node_instances: nodes.reduce((sum, { states }) => sum + states.length, 0),
    states: ["initial"],
    nodes,
    relationships: related,
  };
}

/** The reference example: three servers with three A each, which are related to both C. */
export const EXAMPLE = overview(
  [node("srvA", [3]), node("A", [3, 3], "srvA"), node("srvC", [1]), node("C", [1, 2], "srvC")],
  [["A", "C"]],
);
