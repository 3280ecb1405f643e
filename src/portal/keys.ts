import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { lettersAreKeys } from "./preferences.ts";

/**
 * Single keys for people at a desk (design, section 4.1). They never act while something is typed, with a modifier held,
 * in a dialog, or when switched off. Each page tells its own; the list is shown by `?`.
 */
export type KeyBindings = Record<string, { does: string; run: () => void }>;

/** The bindings of the page shown, for the help. */
export const activeKeys = signal<KeyBindings>({});

/** Has an element its own use for letters? */
function takesText(target: EventTarget | null): target is HTMLElement {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** After `G` the next key names a place; it must come within this time. */
const PREFIX_MS = 1_500;

/** The places, for every page. */
export const placeKeys = (route: (path: string) => void): KeyBindings => ({
  "g a": { does: "Go to the alerts", run: () => route("/alerts") },
  "g h": { does: "Go to health", run: () => route("/health") },
  "g m": { does: "Go to me", run: () => route("/me") },
});

/** Binds keys while the calling component is shown. `Escape` works also when letters are off. */
export function useKeys(bindings: KeyBindings): void {
  const prefixAtMs = useRef(Number.NEGATIVE_INFINITY);
  // Before the page is painted: the keys of a page that is seen are there.
  useLayoutEffect(() => {
    activeKeys.value = bindings;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector("dialog[open]") !== null) return;
      if (takesText(event.target)) {
        // The way back from a field to the keys of the page.
        if (event.key === "Escape") event.target.blur();
        return;
      }
      const isLetter = event.key.length === 1;
      if (isLetter && !lettersAreKeys.value) return;
      const key = isLetter ? event.key.toLowerCase() : event.key;
      const hasPrefix = performance.now() - prefixAtMs.current < PREFIX_MS;
      prefixAtMs.current = key === "g" ? performance.now() : Number.NEGATIVE_INFINITY;
      const binding = bindings[hasPrefix ? `g ${key}` : key];
      if (!binding) return;
      event.preventDefault();
      binding.run();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}
