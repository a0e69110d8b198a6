// A dialog over the page: the browser's own, which keeps the focus inside and ends with Escape.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { type ApiError, shown } from "../api";
import { Failure } from "./Failure";

interface Asked {
  title: string;
  /** The button that does it, and whether it takes something away. */
  action: string;
  grave?: boolean;
  act: () => Promise<void>;
  close: () => void;
  children?: ComponentChildren;
}

/** Asks before something is done; stays open with the reason when it fails. */
export function Dialog({ title, action, grave = false, act, close, children }: Asked) {
  const element = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const heading = useId();

  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement || before instanceof SVGElement) before.focus();
    };
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await act();
      close();
    } catch (refused) {
      setError(shown(refused));
      setBusy(false);
    }
  };

  return (
    <dialog ref={element} class="dialog" aria-labelledby={heading} onClose={close}>
      <form onSubmit={submit}>
        <h2 id={heading}>{title}</h2>
        {children}
        <Failure error={error} />
        <div class="actions">
          <button type="button" onClick={() => element.current?.close()}>
            Back
          </button>
          <button type="submit" class={grave ? "grave" : "primary"} disabled={busy}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** A button that says why it cannot be pressed now, to the eye and to a screen reader; it never merely does nothing. */
export function Action(props: {
  label: string;
  hindrance: string | undefined;
  act: () => void;
  kind?: "primary" | "grave";
}) {
  const reason = useId();
  const { label, hindrance, act, kind } = props;
  return (
    <span class="action">
      <button
        type="button"
        class={kind}
        aria-disabled={hindrance !== undefined}
        aria-describedby={hindrance === undefined ? undefined : reason}
        title={hindrance}
        onClick={() => hindrance === undefined && act()}
      >
        {label}
      </button>
      {hindrance !== undefined && (
        <span id={reason} class="reason" role="tooltip">
          {hindrance}
        </span>
      )}
    </span>
  );
}
