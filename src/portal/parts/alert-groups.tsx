import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AlertGroup } from "../inbox-order.ts";
import { isDesk } from "../preferences.ts";
import { GROUP_NAMES } from "../words.ts";
import { AlertRow } from "./alert-row.tsx";
import { AlertTable } from "./alert-table.tsx";

/** Rows drawn at first and with each further step: a flood of alerts must not freeze the page. */
const ROWS_STEP = 60;
const rowsShown = signal(ROWS_STEP);

/** The groups of the inbox: a table on the desk, lists on a phone. */
export function AlertGroups({ groups }: { groups: AlertGroup[] }) {
  if (groups.length === 0) return null;
  const cut = cutGroups(groups, rowsShown.value);
  return (
    <>
      {isDesk.value ? <AlertTable groups={cut} /> : cut.map((group) => <PhoneGroup key={group.kind} group={group} />)}
      {countOf(cut) < countOf(groups) && <MoreRows />}
    </>
  );
}

type CountedGroup = AlertGroup & { total: number };
const countOf = (groups: AlertGroup[]) => groups.reduce((sum, group) => sum + group.alerts.length, 0);

/** The first `rows` alerts over all groups; each group keeps its full number. */
function cutGroups(groups: AlertGroup[], rows: number): CountedGroup[] {
  let left = rows;
  return groups.flatMap((group) => {
    const alerts = group.alerts.slice(0, left);
    left -= alerts.length;
    return alerts.length === 0 ? [] : [{ ...group, alerts, total: group.alerts.length }];
  });
}

function PhoneGroup({ group }: { group: CountedGroup }) {
  return (
    <section aria-label={GROUP_NAMES[group.kind]}>
      <div class="group-head">
        <h2>{GROUP_NAMES[group.kind]}</h2>
        <span class="figures">{group.total}</span>
      </div>
      <ul class="rows">
        {group.alerts.map((alert) => (
          <AlertRow key={alert.id} alert={alert} />
        ))}
      </ul>
    </section>
  );
}

/** Draws the next rows when it comes into view, or by its button. */
function MoreRows() {
  const mark = useRef<HTMLParagraphElement>(null);
  const more = () => {
    rowsShown.value += ROWS_STEP;
  };
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) more();
    });
    if (mark.current) observer.observe(mark.current);
    return () => observer.disconnect();
  }, [rowsShown.value]);
  return (
    <p class="more" ref={mark}>
      <button type="button" class="button button-line" onClick={more}>
        Show more
      </button>
    </p>
  );
}
