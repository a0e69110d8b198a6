// Which arrows are drawn: relationships of node instances, between the boxes that stand for those.
//
// Relationships of scaled nodes are many: all sources lead to all targets.  Where there would be too many arrows, one
// leads from the frame around the sources, or to the frame around the targets.

import { grouped } from "../grouping";
import type { Edge } from "../types";
import { type Box, flattened } from "./fold";

export interface Link {
  id: string;
  /** Of the relationship. */
  name: string;
  source: string;
  target: string;
  label: string;
}

const MOST = 6; // arrows of one relationship
const GRID = 12; // children beyond which a frame is filled like a table, and no arrow leads into it

export function linkId(name: string, source: string, target: string): string {
  return `${name} ${source} ${target}`;
}

export function links(roots: readonly Box[], edges: readonly Edge[]): Link[] {
  const boxes = grouped(
    flattened(roots).filter((box) => box.kind !== "group"),
    (box) => box.node,
  );
  const found = edges.flatMap((edge) => pairs(edge, boxes.get(edge.source) ?? [], boxes.get(edge.target) ?? []));
  return [...new Map(found.map((link) => [link.id, link])).values()];
}

function pairs(edge: Edge, sources: readonly Box[], targets: readonly Box[]): Link[] {
  let from = unique(sources.map(reachable));
  let to = unique(targets.map(reachable));
  while (from.length * to.length > MOST) {
    const [wider, other] = from.length >= to.length ? [from, to] : [to, from];
    const lifted = unique(wider.map((box) => lift(box, other)));
    if (lifted.length === wider.length) break;
    if (wider === from) from = lifted;
    else to = lifted;
  }
  return from
    .flatMap((source) => to.filter((target) => target !== source).map((target) => ({ source, target })))
    .slice(0, MOST)
    .map(({ source, target }) => ({
      id: linkId(edge.name, source.id, target.id),
      name: edge.name,
      source: source.id,
      target: target.id,
      label: `${edge.name}: ${source.label} to ${target.label}`,
    }));
}

/** Whether an arrow may lead to something within a frame. */
export function isOpen(box: Box): boolean {
  return box.kind !== "stack" && box.children.length <= GRID;
}

/** The box itself, or the frame around it when no arrow leads into that. */
function reachable(box: Box): Box {
  let found = box;
  for (let outer = box.parent; outer !== undefined; outer = outer.parent) {
    if (!isOpen(outer)) found = outer;
  }
  return found;
}

/** The frame around a box, unless the other end of the arrow is within that frame as well. */
function lift(box: Box, others: readonly Box[]): Box {
  const outer = box.parent;
  return outer === undefined || others.some((other) => within(other, outer)) ? box : outer;
}

function within(box: Box, frame: Box): boolean {
  for (let at: Box | undefined = box; at !== undefined; at = at.parent) if (at === frame) return true;
  return false;
}

function unique(boxes: readonly Box[]): Box[] {
  return [...new Set(boxes)];
}
