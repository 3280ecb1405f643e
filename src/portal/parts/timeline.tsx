import { signal } from "@preact/signals";
import type { AlertDetail } from "../../api/contract.ts";
import { nowMs } from "../store.ts";
import { zoneName } from "../time.ts";
import { plainText } from "../untrusted-text.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";
import { Moment } from "./moment.tsx";
import { Section } from "./section.tsx";

type Entry = AlertDetail["timeline"][number];
const FILTERS = [
  { group: null, name: "All" },
  { group: "people", name: "People" },
  { group: "notifications", name: "Notifications" },
  { group: "azure", name: "Azure" },
] as const;
const shownGroup = signal<Entry["group"] | null>(null);

/** What happened, newest first; the server sends it oldest first, also within one instant. What people wrote stands in the conversation. */
export function Timeline({ alert }: { alert: AlertDetail }) {
  const entries = alert.timeline
    .filter((entry) => entry.kind !== "comment" && (shownGroup.value === null || entry.group === shownGroup.value))
    .reverse()
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return (
    <Section
      title="Timeline"
      anchor="timeline"
      aside={<span class="third label">your time, {zoneName(nowMs.value)}</span>}
    >
      <fieldset class="segments">
        <legend class="hidden-text">Show in the timeline</legend>
        {FILTERS.map(({ group, name }) => (
          <button
            key={name}
            type="button"
            aria-pressed={shownGroup.value === group}
            onClick={() => (shownGroup.value = group)}
          >
            {name}
          </button>
        ))}
      </fieldset>
      {entries.length === 0 && <p class="meta">Nothing of this kind.</p>}
      <ol class="timeline">
        {entries.map((entry) => (
          <li key={entry.id}>
            <span class={`timeline-mark ${toneOf(entry)}`}>
              <Icon name={iconOf(entry)} size="tiny" />
            </span>
            <p>{plainText(entry.text)}</p>
            <Moment at={entry.at} seconds />
          </li>
        ))}
      </ol>
    </Section>
  );
}

const GROUP_ICONS: Record<Entry["group"], IconName> = {
  people: "circle-user-round",
  notifications: "smartphone",
  azure: "zap",
  decisions: "filter",
};
const KIND_ICONS: Record<string, IconName> = {
  acknowledged: "check",
  taken: "hand",
  closed: "check-check",
  reopened: "undo-2",
  unacknowledged: "undo-2",
  snoozed: "moon",
  "called-out": "bell-ring",
  "re-alerted": "bell-ring",
  delivered: "check",
  failed: "x",
  "azure-written": "cloud-check",
  "azure-refused": "cloud-alert",
  "azure-gone": "cloud-off",
  "azure-not-asked": "cloud-off",
};
const iconOf = (entry: Entry): IconName => KIND_ICONS[entry.kind] ?? GROUP_ICONS[entry.group];

const GOOD = ["acknowledged", "taken", "closed", "delivered", "azure-written"];
const BAD = ["failed", "azure-refused", "called-nobody", "unreadable"];
const toneOf = (entry: Entry) => (GOOD.includes(entry.kind) ? "mark-ok" : BAD.includes(entry.kind) ? "mark-bad" : "");
