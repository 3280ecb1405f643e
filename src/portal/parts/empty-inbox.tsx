import type { Tab } from "../inbox-order.ts";
import { liveness } from "../live.ts";
import { Icon } from "./icon.tsx";

const WORDS: Record<Tab, { title: string; rest: string }> = {
  open: { title: "Nothing is open.", rest: "New alerts appear here by themselves." },
  mine: { title: "Nothing is yours.", rest: "Alerts that you own or are called for appear here." },
  team: { title: "No team has anything open.", rest: "New alerts appear here by themselves." },
  closed: { title: "Nothing was closed yet.", rest: "Closed alerts stay here until retention deletes them." },
};

/** Silence, and why it can be believed: the line to the server is live. */
export function EmptyInbox({ tab, isFiltered }: { tab: Tab; isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <p class="empty">
        No alert matches. <a href={`/alerts?tab=${tab}`}>Clear filters</a>
      </p>
    );
  }
  return (
    <div class="empty">
      <Icon name="circle-check" size="large" />
      <p class="heading">{WORDS[tab].title}</p>
      <p class="second">
        {liveness.value.kind === "live" ? WORDS[tab].rest : "As far as this page knows: it is not live."}
      </p>
    </div>
  );
}
