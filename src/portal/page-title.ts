import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { tabTitle } from "./inbox-order.ts";
import { alerts, viewer } from "./store.ts";

/** Keeps the title of the browser's tab: page, and how many alerts nobody has. An empty page is the inbox. */
export function usePageTitle(page: string): void {
  const apply = () => {
    document.title = tabTitle(page, alerts.value.values(), viewer.value);
  };
  useEffect(apply, [page]);
  useSignalEffect(apply);
}
