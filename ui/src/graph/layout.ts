// Where boxes and arrows stand.  ELK finds that, in a worker, so that the page never waits for it.

import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk-api";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";
import { type Box, flattened } from "./fold";
import { isOpen, type Link } from "./links";
import { exchange, moved } from "./ordering";

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  boxes: ReadonlyMap<string, Rectangle>;
  links: ReadonlyMap<string, string>;
  width: number;
  height: number;
}

export const HEADING = 46;
const PAD = 10;
const GAP = 10;
const INSTANCE = { width: 138, height: 46 };
const STACK = { width: 196, height: 66 };

/** Where the page is higher than it is wide, such as on a telephone, arrows lead downwards. */
const UPRIGHT = "(max-width: 720px) and (orientation: portrait)";

const OPTIONS: Readonly<Record<string, string>> = {
  "elk.algorithm": "layered",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.mergeEdges": "true",
  "elk.layered.mergeHierarchyEdges": "true",
  "elk.layered.spacing.nodeNodeBetweenLayers": "56",
  "elk.layered.spacing.edgeNodeBetweenLayers": "16",
  "elk.spacing.nodeNode": "14",
  "elk.spacing.componentComponent": "24",
  "elk.json.shapeCoords": "ROOT",
  "elk.json.edgeCoords": "ROOT",
  "elk.padding": "[top=16,left=16,bottom=16,right=16]",
};

let elk: InstanceType<typeof ELK> | undefined;

export async function laidOut(roots: readonly Box[], links: readonly Link[]): Promise<Layout> {
  elk ??= new ELK({ workerUrl });
  const tables = new Map<string, ReadonlyMap<string, Rectangle>>();
  const ends = new Set(links.flatMap(({ source, target }) => [source, target]));
  const graph: ElkNode = {
    id: "",
    layoutOptions: { ...OPTIONS, "elk.direction": matchMedia(UPRIGHT).matches ? "DOWN" : "RIGHT" },
    children: roots.map((box) => node(box, ends, tables)),
    edges: links.map(({ id, source, target }) => ({ id, sources: [source], targets: [target] })),
  };
  const done = await elk.layout(graph);
  const places = new Map<string, Rectangle>();
  collect(done.children ?? [], places, tables);
  const ways = new Map((done.edges ?? []).map((edge) => [edge.id, drawn(edge)]));
  const by = exchange(roots, links, places);
  return {
    boxes: new Map([...places].map(([id, place]) => [by.get(id) ?? id, place])),
    links: new Map(links.map((link) => [moved(link, by), ways.get(link.id) ?? ""])),
    width: done.width ?? 0,
    height: done.height ?? 0,
  };
}

function node(box: Box, ends: ReadonlySet<string>, tables: Map<string, ReadonlyMap<string, Rectangle>>): ElkNode {
  if (!isOpen(box) || !flattened(box.children).some((inner) => ends.has(inner.id))) {
    const { width, height, places } = table(box);
    tables.set(box.id, places);
    return { id: box.id, width, height };
  }
  return {
    id: box.id,
    layoutOptions: {
      "elk.padding": `[top=${HEADING},left=${PAD},bottom=${PAD},right=${PAD}]`,
      "elk.nodeSize.constraints": "MINIMUM_SIZE",
      "elk.nodeSize.minimum": `(${INSTANCE.width}, ${INSTANCE.height})`,
    },
    children: box.children.map((child) => node(child, ends, tables)),
  };
}

/** A box into which no arrow leads: what is in it stands row by row, about twice as wide as it is high. */
function table(box: Box): { width: number; height: number; places: Map<string, Rectangle> } {
  const places = new Map<string, Rectangle>();
  const top = box.kind === "stack" ? STACK.height : HEADING;
  if (box.children.length === 0) return { ...(box.kind === "stack" ? STACK : INSTANCE), places };
  const cells = box.children.map((child) => ({ child, ...table(child) }));
  const area = cells.reduce((sum, cell) => sum + (cell.width + GAP) * (cell.height + GAP), 0);
  const limit = Math.max(Math.sqrt(area * 2), ...cells.map((cell) => cell.width));
  let [x, y, row, width] = [PAD, top, 0, box.kind === "stack" ? STACK.width : INSTANCE.width];
  for (const cell of cells) {
    if (x > PAD && x + cell.width > limit + PAD) [x, y, row] = [PAD, y + row + GAP, 0];
    places.set(cell.child.id, { x, y, width: cell.width, height: cell.height });
    for (const [id, inner] of cell.places) places.set(id, { ...inner, x: inner.x + x, y: inner.y + y });
    width = Math.max(width, x + cell.width + PAD);
    row = Math.max(row, cell.height);
    x += cell.width + GAP;
  }
  return { width, height: y + row + PAD, places };
}

function collect(
  nodes: readonly ElkNode[],
  boxes: Map<string, Rectangle>,
  tables: ReadonlyMap<string, ReadonlyMap<string, Rectangle>>,
): void {
  for (const { id, x = 0, y = 0, width = 0, height = 0, children = [] } of nodes) {
    boxes.set(id, { x, y, width, height });
    for (const [inner, place] of tables.get(id) ?? []) boxes.set(inner, { ...place, x: place.x + x, y: place.y + y });
    collect(children, boxes, tables);
  }
}

/** The way of an arrow, its corners rounded. */
function drawn(edge: ElkExtendedEdge): string {
  return (edge.sections ?? [])
    .map(({ startPoint, bendPoints = [], endPoint }) => rounded([startPoint, ...bendPoints, endPoint]))
    .join("");
}

interface Point {
  x: number;
  y: number;
}

const ROUND = 6;

export function rounded(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  const parts = [`M${first.x} ${first.y}`];
  rest.forEach((point, number) => {
    const next = rest[number + 1];
    const before = points[number] ?? first;
    if (next === undefined) parts.push(`L${point.x} ${point.y}`);
    else {
      const [enter, leave] = [towards(point, before), towards(point, next)];
      parts.push(`L${enter.x} ${enter.y}Q${point.x} ${point.y} ${leave.x} ${leave.y}`);
    }
  });
  return parts.join("");
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const part = Math.min(ROUND, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
