import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

/** A native modal dialog: focus goes in and returns, Escape closes. A sheet at the foot of a phone, a box on the desk. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before the page is painted: from the first moment that it is seen, keys are the dialog's.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    // A tap beside the sheet closes it, as Escape does.
    const closeFromOutside = (event: MouseEvent) => {
      if (event.target === shown) shown?.close();
    };
    shown?.addEventListener("click", closeFromOutside);
    shown?.showModal();
    return () => {
      shown?.removeEventListener("click", closeFromOutside);
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby={titleId} onClose={onClose}>
      <div class="sheet-body">
        <h2 id={titleId}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
