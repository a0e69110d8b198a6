// What the REST API answers, as far as the page looks at it; docs/api.md tells the rest.

export type Values = Record<string, unknown>;
export type Index = readonly number[];

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Problem {
  severity: "error" | "warning";
  code: string;
  file?: string | null;
  line?: number | null;
  column?: number | null;
  path?: string | null;
  message: string;
}

export interface Model {
  model: string;
  digest: string;
  weaving: string;
  node_templates: number;
  workflows: string[];
  created: string;
  warnings: Problem[];
}

export interface Input {
  name: string;
  type: string;
  required: boolean;
  default: unknown;
  description: string;
}

export interface InstanceSummary {
  model: string;
  instance: string;
  node_instances: number;
  inputs: Values;
  execution: string | null;
  created: string;
  status: string;
  states: Record<string, number>;
}

export interface NodeStates {
  name: string;
  type: string;
  host: string | null;
  radix: number[];
  states: number[];
}

export interface Edge {
  name: string;
  type: string;
  source: string;
  target: string;
  hosted_on: boolean;
}

/** An instance as one picture. */
export interface Overview {
  model: string;
  instance: string;
  status: string;
  execution: string | null;
  seq: number | null;
  node_instances: number;
  states: string[];
  nodes: NodeStates[];
  relationships: Edge[];
}

export interface TemplateGraph {
  model: string;
  node_templates: { name: string; type: string }[];
  relationships: (Edge & { requirement: string })[];
}

export type Status = "running" | "succeeded" | "failed" | "cancelling" | "cancelled";

export interface Execution {
  id: string;
  model: string;
  instance: string;
  workflow: string;
  status: Status;
  operations: { total: number; done: number; running: number; failed: number };
  created: string;
  ended: string | null;
  error: string | null;
}

export interface Side {
  node: string;
  index: Index | null;
}

export interface Relationship {
  type: string;
  source: Side;
  target: Side;
}

export type OperationState = "waiting" | "ready" | "running" | "succeeded" | "failed" | "cancelled";

export interface Operation {
  id: string;
  node: string;
  index: Index;
  relationship: Relationship | null;
  interface: string;
  operation: string;
  implementation: string;
  step?: string;
  state: OperationState;
  attempt: number | null;
  worker: string | null;
  queued: string | null;
  started: string | null;
  ended: string | null;
  exit_code: number | null;
  error?: string | null;
}

export interface Worker {
  id: string;
  host: string;
  since: string;
  slots: number;
  running: string[];
}

/** One item of an execution's history. */
export interface Happening {
  seq: number;
  time: string;
  node: string;
  index: Index;
  state?: string;
  operation?: string;
  interface?: string;
  exit_code?: number | null;
  id?: string;
}

export interface InputsOf {
  inputs: Input[];
  workflows: Record<string, Input[]>;
}

export interface NodeDetails {
  node: string;
  index: Index;
  type: string;
  description: string;
  state: string;
  host: { node: string; index: Index } | null;
  properties: Values;
  attributes: Values;
}

export interface Wait {
  node: string;
  index: Index;
  text: string;
  count: number;
}
