// Like instances in the order of their numbers.  A layout is as good whichever of them stands where, so ELK puts them
// in any order; here they change places, with all that is in them and the arrows that lead to them.

import type { Box } from "./fold";
import type { Rectangle } from "./layout";
import { type Link, linkId } from "./links";

/** Which box each box gives its place to. */
export type Exchange = ReadonlyMap<string, string>;

export function exchange(
  roots: readonly Box[],
  links: readonly Link[],
  places: ReadonlyMap<string, Rectangle>,
): Exchange {
  const found = new Map<string, string>();
  for (const root of roots) give(root, root, places, found);
  const ids = new Set(links.map((link) => link.id));
  // Where some arrows were left out, what is alike may not be related alike.
  return links.every((link) => ids.has(moved(link, found))) ? found : new Map();
}

/** The arrow whose place an arrow gets. */
export function moved({ name, source, target }: Link, by: Exchange): string {
  return linkId(name, by.get(source) ?? source, by.get(target) ?? target);
}

function give(from: Box, to: Box, places: ReadonlyMap<string, Rectangle>, found: Map<string, string>): void {
  found.set(from.id, to.id);
  const alike = from.kind === "group" && from.children.every((child) => shape(child) === shape(from.children[0]));
  const givers = alike ? inPlace(from.children, places) : from.children;
  givers.forEach((child, number) => {
    const taker = to.children[number];
    if (taker !== undefined) give(child, taker, places, found);
  });
}

/** Boxes as they stand: from top to bottom, and from left to right. */
function inPlace(boxes: readonly Box[], places: ReadonlyMap<string, Rectangle>): Box[] {
  const at = (box: Box) => places.get(box.id) ?? { x: 0, y: 0 };
  return [...boxes].sort((a, b) => at(a).y - at(b).y || at(a).x - at(b).x);
}

function shape(box: Box | undefined): string {
  return box === undefined ? "" : `${box.kind} ${box.node} ${box.size} (${box.children.map(shape).join()})`;
}
