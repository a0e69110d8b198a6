// What of an instance is seen: many like node instances are folded into one box, which unfolds on demand.
//
// A template with several instances on the same host is a *stack* while it is folded and a *group* of instances when it
// is not.  What is hosted on a stack is folded too.  A stack of very many unfolds into stacks of fewer.

import { printed } from "../naming";
import type { LiveStates, Template } from "./live";

export interface Box {
  id: string;
  kind: "instance" | "stack" | "group";
  node: string;
  /** The first of its instances, and how many. */
  low: number;
  size: number;
  children: Box[];
  parent: Box | undefined;
  label: string;
}

/** What the user has folded or unfolded, by id. */
export type Folding = ReadonlyMap<string, boolean>;

const READABLE = 80; // node instances that are shown unfolded without being asked for
const FEW = 50; // boxes that a stack unfolds into at most

export function visible(live: LiveStates, folding: Folding): Box[] {
  const total = [...live.templates.values()].reduce((sum, template) => sum + template.count, 0);
  return new Unfolding(live, folding, total <= READABLE).roots();
}

class Unfolding {
  constructor(
    private readonly live: LiveStates,
    private readonly folding: Folding,
    private readonly openByDefault: boolean,
  ) {}

  roots(): Box[] {
    return this.live.roots().flatMap((template) => this.boxes(template, 0, template.count, undefined));
  }

  /** The box of so many instances of a template on the same host, or on the same stack. */
  private boxes(template: Template, low: number, size: number, parent: Box | undefined): Box[] {
    if (size === 0) return [];
    if (size === 1) return [this.instance(template, low, parent)];
    const id = `${template.name}:${low}-${low + size - 1}`;
    const inStack = parent?.kind === "stack";
    const open = !inStack && (this.folding.get(id) ?? this.openByDefault);
    const box: Box = {
      id,
      kind: open ? "group" : "stack",
      node: template.name,
      low,
      size,
      children: [],
      parent,
      label: "",
    };
    box.label = this.label(template, box);
    box.children = open ? this.unfolded(template, box) : this.hosted(template, box);
    return [box];
  }

  private unfolded(template: Template, group: Box): Box[] {
    const step = chunk(group.size);
    const found: Box[] = [];
    for (let low = group.low; low < group.low + group.size; low += step) {
      found.push(...this.boxes(template, low, Math.min(step, group.low + group.size - low), group));
    }
    return found;
  }

  private instance(template: Template, flat: number, parent: Box | undefined): Box {
    const label = printed(template.name, this.live.index(template.name, flat));
    const id = `${template.name}:${flat}`;
    const box: Box = { id, kind: "instance", node: template.name, low: flat, size: 1, children: [], parent, label };
    box.children = this.hosted(template, box);
    return box;
  }

  private hosted(template: Template, host: Box): Box[] {
    return template.hosted.flatMap((name) => {
      const child = this.live.template(name);
      return this.boxes(child, host.low * child.own, host.size * child.own, host);
    });
  }

  private label(template: Template, { low, size, parent }: Box): string {
    const part = parent?.kind === "group" && parent.node === template.name;
    if (!part) return `${template.name} × ${size}`;
    const first = printed(template.name, this.live.index(template.name, low));
    return `${first} … ${this.live.index(template.name, low + size - 1).join(",")}`;
  }
}

/** How many go into each of the boxes that so many unfold into. */
export function chunk(size: number): number {
  let step = 1;
  while (size / step > FEW) step *= 10;
  return step;
}

/** Boxes with all that they contain, outer ones first. */
export function flattened(boxes: readonly Box[]): Box[] {
  return boxes.flatMap((box) => [box, ...flattened(box.children)]);
}
