import { TABS, type Tab } from "../inbox-order.ts";
import { tabCounts } from "../store.ts";

const NAMES: Record<Tab, string> = { open: "Open", mine: "Mine", team: "Team", closed: "Closed" };

/** The tabs are links: each has its address. Open counts what nobody has. */
export function InboxTabs({ tab }: { tab: Tab }) {
  return (
    <nav class="tabs" aria-label="Show">
      {TABS.map((name) => (
        <a key={name} href={`/alerts?tab=${name}`} aria-current={name === tab ? "page" : undefined}>
          {NAMES[name]}
          {name !== "closed" && <span class="tab-count">{tabCounts.value[name]}</span>}
        </a>
      ))}
    </nav>
  );
}
