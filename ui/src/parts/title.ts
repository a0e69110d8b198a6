// The title of the document, which the browser's tab and a screen reader tell.

import { useEffect } from "preact/hooks";

export function useTitle(text: string): void {
  useEffect(() => {
    document.title = `${text} · Ditrit Workflows`;
  }, [text]);
}
