import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { AlertListItem } from "../../api/contract.ts";
import { type Filter, groupAlerts, mostUrgentForMe, TABS, type Tab } from "../inbox-order.ts";
import { placeKeys, useKeys } from "../keys.ts";
import { liveness } from "../live.ts";
import { usePageTitle } from "../page-title.ts";
import { AlertGroups } from "../parts/alert-groups.tsx";
import { BulkBar } from "../parts/bulk-bar.tsx";
import { CloseDialog } from "../parts/close-dialog.tsx";
import { ConnectionStrip, LiveMark } from "../parts/connection.tsx";
import { DutyStrip } from "../parts/duty-strip.tsx";
import { EmptyInbox } from "../parts/empty-inbox.tsx";
import { Failure } from "../parts/failure.tsx";
import { focusSearch, InboxFilters } from "../parts/inbox-filters.tsx";
import { InboxTabs } from "../parts/inbox-tabs.tsx";
import { keysHelpIsOpen } from "../parts/keys-help.tsx";
import { NewAlertsPill } from "../parts/new-alerts-pill.tsx";
import { Shell } from "../parts/shell.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { UrgentCard } from "../parts/urgent-card.tsx";
import { isDesk } from "../preferences.ts";
import { alertAtFocus, giveToTargets, moveFocus, selectedIds, toggleSelected } from "../selection.ts";
import { alerts, closedLoad, hasMoreAlerts, inboxLoad, loadClosed, loadInbox, viewer } from "../store.ts";

const closing = signal<readonly AlertListItem[] | null>(null);
const all = computed(() => [...alerts.value.values()]);

/** The inbox: what is open, who is called next, one tap to answer (design, section 4.1). */
export function InboxPage() {
  const { query, route } = useLocation();
  const filter = filterOf(query);
  usePageTitle("");
  useEffect(() => {
    if (filter.tab === "closed" && !closedLoad.value.isRead) void loadClosed();
  }, [filter.tab]);
  useInboxKeys(filter, route);
  const urgent = filter.tab === "open" || filter.tab === "mine" ? mostUrgentForMe(all.value, viewer.value) : null;
  const isFiltered = filter.query !== "" || filter.severity !== null;
  const card = isFiltered ? null : urgent;
  const groups = groupAlerts(
    all.value.filter((alert) => alert.id !== card?.id),
    filter,
    viewer.value,
  );
  return (
    <Shell
      place="alerts"
      bar={selectedIds.value.size > 0 && <BulkBar alerts={all.value} onClose={(chosen) => (closing.value = chosen)} />}
    >
      <header class="page-head">
        <h1>Alerts</h1>
        {isDesk.value && <LiveMark />}
        <span class="grow" />
        <InboxFilters filter={filter} />
      </header>
      <ConnectionStrip />
      {!isDesk.value && <DutyStrip />}
      <InboxTabs tab={filter.tab} />
      {card !== null && <UrgentCard alert={card} />}
      <InboxBody filter={filter} groups={groups} hasCard={card !== null} isFiltered={isFiltered} />
      <NewAlertsPill />
      {closing.value !== null && <CloseDialog alerts={closing.value} onDone={() => (closing.value = null)} />}
    </Shell>
  );
}

function InboxBody(props: {
  filter: Filter;
  groups: ReturnType<typeof groupAlerts>;
  hasCard: boolean;
  isFiltered: boolean;
}) {
  const { filter, groups, hasCard, isFiltered } = props;
  const load = filter.tab === "closed" ? closedLoad.value : inboxLoad.value;
  const isEmpty = groups.length === 0 && !hasCard;
  return (
    <>
      {load.problem !== null && (isEmpty || liveness.value.kind === "live") && (
        <Failure
          problem={load.problem}
          retry={() => void (filter.tab === "closed" ? loadClosed() : loadInbox())}
          what="the alerts"
        />
      )}
      {isEmpty && load.isLoading && <Skeleton />}
      {isEmpty && !load.isLoading && load.problem === null && <EmptyInbox tab={filter.tab} isFiltered={isFiltered} />}
      <AlertGroups groups={groups} />
      {filter.tab !== "closed" && hasMoreAlerts.value && (
        <p class="more meta">Older alerts are not shown: there are more than a thousand.</p>
      )}
      {filter.tab === "closed" && closedLoad.value.next !== null && (
        <p class="more">
          <button type="button" class="button button-line" onClick={() => void loadClosed()}>
            Show older
          </button>
        </p>
      )}
    </>
  );
}

/** The filter of an address; words that it does not know mean the default. */
function filterOf(query: Record<string, string>): Filter {
  const tab: Tab = TABS.find((name) => name === query["tab"]) ?? "open";
  return { tab, query: query["q"] ?? "", severity: query["severity"] || null };
}

function useInboxKeys(filter: Filter, route: (path: string) => void): void {
  useKeys({
    j: { does: "Next alert", run: () => moveFocus(1) },
    k: { does: "Alert before", run: () => moveFocus(-1) },
    a: { does: "Acknowledge", run: () => giveToTargets(all.value, "acknowledge") },
    t: { does: "Take", run: () => giveToTargets(all.value, "take") },
    c: { does: "Close", run: () => giveToTargets(all.value, (chosen) => (closing.value = chosen)) },
    x: { does: "Select", run: () => toggleSelected(alertAtFocus()) },
    "/": { does: "Search", run: focusSearch },
    ...placeKeys(route),
    "?": { does: "This list", run: () => (keysHelpIsOpen.value = true) },
    Escape: {
      does: "Clear selection and filters",
      run: () => {
        if (selectedIds.value.size > 0) selectedIds.value = new Set();
        else if (filter.query !== "" || filter.severity !== null) route(`/alerts?tab=${filter.tab}`);
      },
    },
  });
}
