import type { AlertListItem, Me } from "../api/contract.ts";

/**
 * Which alerts the inbox shows, in which group and order (design, section 4.1). Pure functions of the list and the person.
 */

export const TABS = ["open", "mine", "team", "closed"] as const;
export type Tab = (typeof TABS)[number];
export interface Filter {
  tab: Tab;
  /** Words that must all occur in title, resource, rule, team or person; case is ignored. */
  query: string;
  severity: string | null;
}
export interface AlertGroup {
  kind: "nobody" | "worked-on" | "snoozed" | "closed";
  alerts: AlertListItem[];
}
/** What the order needs to know about the person: id and teams. */
export type Viewer = Pick<Me, "person" | "teams">;

const SEVERITY_ORDER = ["critical", "high", "medium", "low", "info"];
const GROUP_OF_STATE = { open: "nobody", acknowledged: "worked-on", snoozed: "snoozed", closed: "closed" } as const;
const GROUP_ORDER = ["nobody", "worked-on", "snoozed", "closed"] as const;

/** Is this person called for an alert that nobody has? */
export const isCalled = (alert: AlertListItem, viewer: Viewer): boolean =>
  alert.state === "open" && alert.called.some((person) => person.id === viewer.person.id);

/** Does this person own it, or is called for it? */
export const isMine = (alert: AlertListItem, viewer: Viewer): boolean =>
  alert.owner?.id === viewer.person.id || isCalled(alert, viewer);

/** Whoever is in no team (an administrator, say) sees all of them as theirs: an empty inbox would say "all is quiet". */
const isInMyTeams = (alert: AlertListItem, viewer: Viewer) =>
  viewer.teams.length === 0 || viewer.teams.some((team) => team.id === alert.team.id);

function belongsToTab(alert: AlertListItem, tab: Tab, viewer: Viewer): boolean {
  if (tab === "closed") return alert.state === "closed";
  if (alert.state === "closed") return false;
  if (tab === "mine") return isMine(alert, viewer);
  return tab === "team" || isInMyTeams(alert, viewer);
}

function matches(alert: AlertListItem, filter: Filter): boolean {
  if (filter.severity !== null && alert.severity !== filter.severity) return false;
  const { title, source, team, owner } = alert;
  const text = [title, source.resourceId, source.rule, source.severity, team.name, owner?.name].join(" ").toLowerCase();
  return filter.query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The alerts of a tab in groups; empty groups are left out. Inside a group: mine, severity, next call soonest, newest. */
export function groupAlerts(alerts: Iterable<AlertListItem>, filter: Filter, viewer: Viewer): AlertGroup[] {
  const shown = [...alerts].filter((alert) => belongsToTab(alert, filter.tab, viewer) && matches(alert, filter));
  shown.sort(filter.tab === "closed" ? byClosing : (a, b) => byUrgency(a, b, viewer));
  return GROUP_ORDER.map((kind) => ({
    kind,
    alerts: shown.filter((alert) => GROUP_OF_STATE[alert.state] === kind),
  })).filter((group) => group.alerts.length > 0);
}

function byUrgency(a: AlertListItem, b: AlertListItem, viewer: Viewer): number {
  const keys = (alert: AlertListItem) => [
    isMine(alert, viewer) ? 0 : 1,
    SEVERITY_ORDER.indexOf(alert.severity),
    alert.nextCall ? Date.parse(alert.nextCall.at) : Number.MAX_SAFE_INTEGER,
    -Date.parse(alert.createdAt),
  ];
  const [left, right] = [keys(a), keys(b)];
  const differing = left.findIndex((key, i) => key !== right[i]);
  return differing < 0 ? a.id.localeCompare(b.id) : left[differing]! - right[differing]!;
}

const byClosing = (a: AlertListItem, b: AlertListItem) =>
  Date.parse(b.closedAt ?? b.updatedAt) - Date.parse(a.closedAt ?? a.updatedAt);

/** The numbers beside the tabs. Open counts those that nobody has. */
export function countTabs(alerts: Iterable<AlertListItem>, viewer: Viewer): Record<Exclude<Tab, "closed">, number> {
  const held = [...alerts].filter((alert) => alert.state !== "closed");
  return {
    open: held.filter((alert) => alert.state === "open" && isInMyTeams(alert, viewer)).length,
    mine: held.filter((alert) => isMine(alert, viewer)).length,
    team: held.length,
  };
}

/** The one alert that the expanded card shows: the most urgent open one for which this person is called. */
export function mostUrgentForMe(alerts: Iterable<AlertListItem>, viewer: Viewer): AlertListItem | null {
  const mine = [...alerts].filter((alert) => isCalled(alert, viewer));
  return mine.sort((a, b) => byUrgency(a, b, viewer))[0] ?? null;
}

/** `(3) ! Watchbell`: how many nobody has, and whether one of them is critical or high. */
export function tabTitle(page: string, alerts: Iterable<AlertListItem>, viewer: Viewer | null): string {
  const open =
    viewer === null ? [] : [...alerts].filter((alert) => alert.state === "open" && isInMyTeams(alert, viewer));
  const name = page === "" ? "Watchbell" : `${page} · Watchbell`;
  if (open.length === 0) return name;
  const isUrgent = open.some((alert) => alert.severity === "critical" || alert.severity === "high");
  return `(${open.length}) ${isUrgent ? "! " : ""}${name}`;
}

/** Where an alert stands in the inbox's order. */
export interface Neighbours {
  /** From 1. */
  position: number;
  total: number;
  before: string | null;
  after: string | null;
}

/** The alerts before and after one that is not closed; null when it is not held. */
export function neighbours(alerts: Iterable<AlertListItem>, viewer: Viewer, id: string): Neighbours | null {
  const groups = groupAlerts(alerts, { tab: "team", query: "", severity: null }, viewer);
  const ids = groups.flatMap((group) => group.alerts.map((alert) => alert.id));
  const at = ids.indexOf(id);
  return at < 0
    ? null
    : { position: at + 1, total: ids.length, before: ids[at - 1] ?? null, after: ids[at + 1] ?? null };
}
