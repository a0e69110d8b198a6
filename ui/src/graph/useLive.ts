// Draws again when states change: at most once per frame, however many events there are.

import { useEffect, useState } from "preact/hooks";
import type { LiveStates } from "./live";

/** A number that rises with each change that is to be drawn. */
export function useLive(live: LiveStates): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    let frame = 0;
    const changed = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setVersion((before) => before + 1);
      });
    };
    const end = live.subscribe(changed);
    return () => {
      end();
      cancelAnimationFrame(frame);
    };
  }, [live]);
  return version;
}
