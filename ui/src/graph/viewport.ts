// Which part of a drawing is looked at: moved and scaled, by pointer, wheel and keyboard.

export interface View {
  x: number;
  y: number;
  scale: number;
}

export interface Extent {
  width: number;
  height: number;
}

export const LEAST = 0.05;
export const MOST = 4;
const TOOLS = 44; // pixels at the top of the window, where the buttons are
const READABLE = 1000; // pixels of the window for each time that a small drawing is enlarged

/** All of the drawing, in the middle of the window. */
export function fitted(drawing: Extent, window: Extent): View {
  if (drawing.width <= 0 || drawing.height <= 0 || window.width <= 0) return { x: 0, y: 0, scale: 1 };
  const room = Math.max(window.height - TOOLS, 1);
  const scale = clamp(
    Math.min(window.width / drawing.width, room / drawing.height, Math.max(window.width / READABLE, 1)),
  );
  return {
    x: (window.width - drawing.width * scale) / 2,
    y: TOOLS + (room - drawing.height * scale) / 2,
    scale,
  };
}

/** Scaled by a factor, while the point (x, y) of the window stays where it is. */
export function zoomed(view: View, factor: number, x: number, y: number): View {
  const scale = clamp(view.scale * factor);
  const real = scale / view.scale;
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
}

export function moved(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** Moved as little as possible so that a rectangle of the drawing is seen. */
export function showing(view: View, place: Extent & { x: number; y: number }, window: Extent): View {
  const margin = 16;
  const shift = (low: number, size: number, whole: number): number => {
    if (low < margin) return margin - low;
    return low + size > whole - margin ? Math.max(whole - margin - low - size, margin - low) : 0;
  };
  const dx = shift(view.x + place.x * view.scale, place.width * view.scale, window.width);
  const dy = shift(view.y + place.y * view.scale, place.height * view.scale, window.height);
  return dx === 0 && dy === 0 ? view : moved(view, dx, dy);
}

function clamp(scale: number): number {
  return Math.min(Math.max(scale, LEAST), MOST);
}

export type Direction = "left" | "right" | "up" | "down";

interface Placed extends Extent {
  x: number;
  y: number;
}

/** The nearest of some places in a direction; what is straight ahead counts as nearer than what is aside. */
export function neighbour<T extends Placed>(from: Placed, among: readonly T[], direction: Direction): T | undefined {
  const [x, y] = middle(from);
  let best: T | undefined;
  let shortest = Number.POSITIVE_INFINITY;
  for (const candidate of among) {
    const [cx, cy] = middle(candidate);
    const [ahead, aside] = {
      right: [cx - x, cy - y],
      left: [x - cx, cy - y],
      down: [cy - y, cx - x],
      up: [y - cy, cx - x],
    }[direction] as [number, number];
    const distance = ahead + 2 * Math.abs(aside);
    if (ahead > 1 && distance < shortest) [best, shortest] = [candidate, distance];
  }
  return best;
}

function middle({ x, y, width, height }: Placed): [number, number] {
  return [x + width / 2, y + height / 2];
}
