// An instance as a graph that lives: frames within frames for what is hosted where, arrows for other relationships.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import "../style/graph.css";
import { BoxShape } from "./BoxShape";
import { type Box, type Folding, flattened, visible } from "./fold";
import { type Layout, laidOut } from "./layout";
import { type Link, links } from "./links";
import type { LiveStates } from "./live";
import { useLive } from "./useLive";
import { useViewport } from "./useViewport";
import { type Direction, neighbour } from "./viewport";

export interface Chosen {
  node: string;
  flat: number;
}

interface Asked {
  live: LiveStates;
  chosen: Chosen | undefined;
  choose: (chosen: Chosen) => void;
  /** Whether these are node templates, which have no states. */
  plain?: boolean;
}

/** What is drawn now, and where. */
interface Picture {
  boxes: Box[];
  links: Link[];
  layout: Layout;
}

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export default function Graph({ live, chosen, choose, plain = false }: Asked) {
  useLive(live);
  const [folding, setFolding] = useState<Folding>(new Map());
  const picture = usePicture(live, folding);
  const window = useRef<SVGSVGElement>(null);
  const viewport = useViewport(window, picture?.layout);
  const [focused, setFocused] = useState<string>();
  const boxes = picture?.boxes ?? [];
  const current = boxes.some((box) => box.id === focused) ? focused : boxes[0]?.id;

  const focus = (id: string) => {
    setFocused(id);
    window.current?.querySelector<SVGGElement>(`[data-box="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  };
  const fold = (box: Box) => {
    const outer = outermost(box);
    setFolding(new Map(folding).set(outer.id, outer.kind === "stack"));
  };
  const activate = (box: Box) => (box.kind === "instance" ? choose({ node: box.node, flat: box.low }) : fold(box));

  const keys: Readonly<Record<string, (box: Box) => void>> = {
    Enter: activate,
    " ": activate,
    "+": () => viewport.zoom(1),
    "=": () => viewport.zoom(1),
    "-": () => viewport.zoom(-1),
    "0": viewport.fit,
  };
  const pressed = (event: KeyboardEvent) => {
    const box = boxes.find((found) => found.id === current);
    const direction = DIRECTIONS[event.key];
    const act =
      direction === undefined ? keys[event.key] : () => picture && box && focusNext(picture, box, direction, focus);
    if (box === undefined || act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    act(box);
    event.preventDefault();
  };

  return (
    <div class="graph">
      <div class="graph-tools" role="toolbar" aria-label="View of the graph">
        <button type="button" onClick={() => viewport.zoom(1)} aria-label="Enlarge" title="Enlarge (+)">
          +
        </button>
        <button type="button" onClick={() => viewport.zoom(-1)} aria-label="Reduce" title="Reduce (−)">
          −
        </button>
        <button type="button" onClick={viewport.fit} title="Show all (0)">
          Fit
        </button>
      </div>
      <svg
        ref={window}
        class="canvas"
        role="group"
        aria-label={plain ? "Node templates" : "Node instances"}
        onKeyDown={pressed}
      >
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0.500 8 4 0 7.500Z" class="arrow-head" />
          </marker>
        </defs>
        <g transform={`translate(${viewport.view.x} ${viewport.view.y}) scale(${viewport.view.scale})`}>
          {picture !== undefined && (
            <>
              {boxes.map((box) => (
                <BoxShape
                  key={box.id}
                  box={box}
                  live={live}
                  plain={plain}
                  place={picture.layout.boxes.get(box.id)}
                  inOrder={box.id === current}
                  chosen={chosen !== undefined && box.kind === "instance" && isOf(box, chosen)}
                  activate={() => {
                    if (viewport.dragged()) return;
                    setFocused(box.id);
                    activate(box);
                  }}
                  focused={() => {
                    setFocused(box.id);
                    const place = picture.layout.boxes.get(box.id);
                    if (place !== undefined && !viewport.dragged()) viewport.show(place);
                  }}
                />
              ))}
              <Arrows picture={picture} chosen={chosen} />
            </>
          )}
        </g>
      </svg>
      {picture === undefined && <p class="graph-waiting">Laying out…</p>}
    </div>
  );
}

/** The box itself, or the stack that it is folded into: that has to be unfolded first. */
function outermost(box: Box): Box {
  let found = box;
  while (found.parent?.kind === "stack") found = found.parent;
  return found;
}

function isOf(box: Box, chosen: Chosen): boolean {
  return box.node === chosen.node && chosen.flat >= box.low && chosen.flat < box.low + box.size;
}

function focusNext({ boxes, layout }: Picture, from: Box, direction: Direction, focus: (id: string) => void): void {
  const placed = boxes.flatMap((box) => {
    const place = layout.boxes.get(box.id);
    // What has the heading at its top is found by that, not by the middle of all that it contains.
    return place === undefined ? [] : [{ id: box.id, ...place, height: box.children.length ? 40 : place.height }];
  });
  const here = placed.find((place) => place.id === from.id);
  const next = here && neighbour(here, placed, direction);
  if (next !== undefined) focus(next.id);
}

function Arrows({ picture, chosen }: { picture: Picture; chosen: Chosen | undefined }) {
  const ends = new Map(picture.boxes.map((box) => [box.id, box]));
  const touches = (id: string) => {
    const box = ends.get(id);
    return chosen !== undefined && box !== undefined && isOf(box, chosen);
  };
  return (
    <g class="arrows" aria-hidden="true">
      {picture.links.map((link) => (
        <path
          key={link.id}
          d={picture.layout.links.get(link.id)}
          marker-end="url(#arrow)"
          class={touches(link.source) || touches(link.target) ? "touched" : undefined}
        >
          <title>{link.label}</title>
        </path>
      ))}
    </g>
  );
}

/** Lays out anew when something is folded; what was drawn before stays until that is done. */
function usePicture(live: LiveStates, folding: Folding): Picture | undefined {
  const wanted = useMemo(() => {
    const roots = visible(live, folding);
    return { roots, boxes: flattened(roots), links: links(roots, live.edges) };
  }, [live, folding]);
  const [picture, setPicture] = useState<Picture>();
  useEffect(() => {
    let wantedStill = true;
    void laidOut(wanted.roots, wanted.links).then((layout) => {
      if (wantedStill) setPicture({ boxes: wanted.boxes, links: wanted.links, layout });
    });
    return () => {
      wantedStill = false;
    };
  }, [wanted]);
  return picture;
}
