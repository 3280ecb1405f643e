import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { alerts } from "../store.ts";

/** Scrolled further than this, new rows above are not seen. */
const SCROLLED_PIXELS = 240;
const unseen = signal<ReadonlySet<string>>(new Set());

/** "2 new" while the page is scrolled down: new alerts come above and must not move what is under the finger. */
export function NewAlertsPill() {
  useEffect(() => {
    let known = new Set(alerts.value.keys());
    const stop = alerts.subscribe((held) => {
      const fresh = [...held.values()].filter((alert) => alert.state === "open" && !known.has(alert.id));
      known = new Set(held.keys());
      if (scrollY > SCROLLED_PIXELS && fresh.length > 0)
        unseen.value = new Set([...unseen.value, ...fresh.map((alert) => alert.id)]);
    });
    const onScroll = () => {
      if (scrollY < SCROLLED_PIXELS && unseen.value.size > 0) unseen.value = new Set();
    };
    addEventListener("scroll", onScroll, { passive: true });
    return () => {
      stop();
      removeEventListener("scroll", onScroll);
    };
  }, []);
  if (unseen.value.size === 0) return null;
  return (
    <button type="button" class="button button-primary new-alerts" onClick={() => scrollTo({ top: 0 })}>
      {unseen.value.size} new
    </button>
  );
}
