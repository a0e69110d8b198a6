// Where in the page the user is: the path below /ui, and how to go elsewhere without loading the page again.

import { useEffect, useState } from "preact/hooks";

export const BASE = "/ui";

export type Place =
  | { name: "models" }
  | { name: "model"; model: string }
  | { name: "instances" }
  | { name: "instance"; model: string; instance: string }
  | { name: "executions" }
  | { name: "execution"; id: string }
  | { name: "workers" }
  | { name: "nowhere"; path: string };

export function placeOf(pathname: string): Place {
  const [first = "instances", ...rest] = pathname.slice(BASE.length).split("/").filter(Boolean).map(decoded);
  return PLACES[first]?.[rest.length]?.(rest) ?? { name: "nowhere", path: pathname };
}

type Make = (rest: string[]) => Place;

/** By the first part of the path and the number of those that follow. */
const PLACES: Readonly<Record<string, readonly (Make | undefined)[]>> = {
  models: [() => ({ name: "models" }), ([model = ""]) => ({ name: "model", model })],
  instances: [
    () => ({ name: "instances" }),
    undefined,
    ([model = "", instance = ""]) => ({ name: "instance", model, instance }),
  ],
  executions: [() => ({ name: "executions" }), ([id = ""]) => ({ name: "execution", id })],
  workers: [() => ({ name: "workers" })],
};

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The path of a place within the page. */
export function to(...parts: string[]): string {
  return BASE + parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

const MOVED = "ditrit-moved";

export function go(where: string): void {
  history.pushState(null, "", where);
  window.dispatchEvent(new Event(MOVED));
}

/** The path as it is now; whoever uses it is drawn again when it changes. */
export function usePath(): string {
  const [now, setNow] = useState(location.pathname);
  useEffect(() => {
    const moved = () => setNow(location.pathname);
    window.addEventListener("popstate", moved);
    window.addEventListener(MOVED, moved);
    return () => {
      window.removeEventListener("popstate", moved);
      window.removeEventListener(MOVED, moved);
    };
  }, []);
  return now;
}

/** Let clicks on links within the page change the place only; those meant for another tab are the browser's. */
export function followLinks(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (link === null || !plain || event.defaultPrevented || link.target || link.origin !== location.origin) return;
  if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return;
  if (link.hash) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
