// Pointer, wheel and buttons on a drawing: drag moves it, two fingers or the wheel with Ctrl scale it.

import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Rectangle } from "./layout";
import { type Extent, fitted, moved, showing, type View, zoomed } from "./viewport";

const DRAG = 4; // pixels from which on a press is no click
const STEP = 1.3;

export interface Viewport {
  view: View;
  fit(): void;
  zoom(direction: 1 | -1): void;
  show(place: Rectangle): void;
  /** Whether the pointer has just been used to move the drawing: what follows is no click. */
  dragged(): boolean;
}

export function useViewport(window: RefObject<SVGSVGElement | null>, drawing: Extent | undefined): Viewport {
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  // Whether the user has chosen what to look at; else all of it is shown, whatever its size becomes.
  const chosen = useRef(false);
  const wasDragged = useRef(false);

  const change = useCallback((by: (before: View) => View) => {
    chosen.current = true;
    setView(by);
  }, []);
  const fit = useCallback(() => {
    chosen.current = false;
    if (drawing !== undefined) setView(fitted(drawing, extent(window.current)));
  }, [drawing]);

  useLayoutEffect(() => {
    if (!chosen.current) fit();
  }, [fit]);
  useEffect(() => {
    const element = window.current;
    if (element === null) return;
    const watching = new ResizeObserver(() => !chosen.current && fit());
    watching.observe(element);
    return () => watching.disconnect();
  }, [fit]);
  useEffect(() => (window.current === null ? undefined : handled(window.current, change, wasDragged)), [change]);

  return {
    view,
    fit,
    zoom: (direction) => {
      const { width, height } = extent(window.current);
      change((before) => zoomed(before, STEP ** direction, width / 2, height / 2));
    },
    show: (place) => {
      const size = extent(window.current);
      setView((before) => showing(before, place, size));
    },
    dragged: () => wasDragged.current,
  };
}

function extent(element: SVGSVGElement | null): Extent {
  return { width: element?.clientWidth ?? 0, height: element?.clientHeight ?? 0 };
}

type Change = (by: (before: View) => View) => void;

/** Listen to wheel and pointers; the answer ends that. */
function handled(element: SVGSVGElement, change: Change, wasDragged: { current: boolean }): () => void {
  const stop = new AbortController();
  const pointers = new Map<number, { x: number; y: number }>();
  let way = 0;
  const at = (event: MouseEvent) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const on = <K extends keyof SVGElementEventMap>(name: K, listener: (event: SVGElementEventMap[K]) => void) =>
    element.addEventListener(name, listener, { signal: stop.signal, passive: false });

  on("wheel", (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    if (event.ctrlKey || event.metaKey) change((before) => zoomed(before, Math.exp(-event.deltaY / 200), x, y));
    else change((before) => moved(before, -event.deltaX, -event.deltaY));
  });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) [way, wasDragged.current] = [0, false];
    pointers.set(event.pointerId, at(event));
  });
  on("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = at(event);
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    way += Math.hypot(dx, dy);
    if (way < DRAG) return;
    if (!wasDragged.current) element.setPointerCapture(event.pointerId);
    wasDragged.current = true;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (other === undefined) change((view) => moved(view, dx, dy));
    else change((view) => pinched(view, before, now, other));
  });
  const lifted = (event: PointerEvent) => pointers.delete(event.pointerId);
  on("pointerup", lifted);
  on("pointercancel", lifted);
  return () => stop.abort();
}

interface Point {
  x: number;
  y: number;
}

function pinched(view: View, before: Point, now: Point, other: Point): View {
  const was = Math.hypot(before.x - other.x, before.y - other.y) || 1;
  const is = Math.hypot(now.x - other.x, now.y - other.y);
  return zoomed(view, is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
}
