import { computed, signal } from "@preact/signals";
import type { AlertDetail, AlertListItem, AlertPage, Me } from "../api/contract.ts";
import { api, onSignedOut, Problem, serverNow, Unreachable } from "./api.ts";
import { countTabs, type Viewer } from "./inbox-order.ts";
import { clearSnapshots, readSnapshot, writeSnapshot } from "./snapshot.ts";

/**
 * What the portal knows, as signals. Everything shown comes from here; everything that changes it stands here or in
 * answers.ts and live.ts.
 */

export type Session =
  | { kind: "loading" }
  | { kind: "signed-out" }
  | { kind: "signed-in"; me: Me }
  | { kind: "failed"; problem: Problem | Unreachable };
/** A loaded part of the page: `problem` with content means that the content is old. */
export interface Load {
  isLoading: boolean;
  problem: Problem | Unreachable | null;
}
export interface DetailLoad extends Load {
  alert: AlertDetail | null;
}

const IDLE: Load = { isLoading: false, problem: null };
const HELD_STATES = "open,acknowledged,snoozed";
/** The first page is small, so that it is there at once; the rest comes in larger pages (the API's most is 200). */
const FIRST_PAGE = 50;
const NEXT_PAGE = 200;
/** More alerts than this are not held at once: an inbox of a thousand is a flood, and the newest thousand say so. */
const HELD_ALERTS_MAX = 1_000;

export const session = signal<Session>({ kind: "loading" });
export const alerts = signal<ReadonlyMap<string, AlertListItem>>(new Map());
export const inboxLoad = signal<Load>({ isLoading: true, problem: null });
/** True when the server has more alerts than are held here. */
export const hasMoreAlerts = signal(false);
/** When the shown inbox was read (epoch ms) if it comes from this device's memory; null = from the server. */
export const asOfMs = signal<number | null>(null);
export const closedLoad = signal<Load & { next: string | null; isRead: boolean }>({
  ...IDLE,
  next: null,
  isRead: false,
});
export const details = signal<ReadonlyMap<string, DetailLoad>>(new Map());
/** The server's time, once a second. */
export const nowMs = signal(serverNow());

export const me = computed<Me | null>(() => (session.value.kind === "signed-in" ? session.value.me : null));
export const viewer = computed<Viewer>(() => me.value ?? { person: { id: "", name: "" }, teams: [] });
export const tabCounts = computed(() => countTabs(alerts.value.values(), viewer.value));

/** Moves `nowMs` on the full second, so that all clocks of a page tick together. */
export function startClock(): void {
  const tick = () => {
    nowMs.value = serverNow();
    setTimeout(tick, 1_000 - (Date.now() % 1_000));
  };
  tick();
}

/** Nobody is signed in any more: everything of the person goes, also what this device remembers (threats B6). */
export function endSession(): void {
  session.value = { kind: "signed-out" };
  alerts.value = new Map();
  details.value = new Map();
  void clearSnapshots();
}
onSignedOut(endSession);

/** Reads who is signed in. Without a server, what this device remembers is shown instead. */
export async function loadSession(): Promise<void> {
  try {
    session.value = { kind: "signed-in", me: await api.me() };
  } catch (error) {
    if (session.value.kind === "signed-out") return;
    const remembered = error instanceof Unreachable ? await readSnapshot() : null;
    if (remembered === null) {
      session.value = { kind: "failed", problem: asFailure(error) };
      return;
    }
    session.value = { kind: "signed-in", me: remembered.me };
    alerts.value = new Map(remembered.alerts.map((alert) => [alert.id, alert]));
    asOfMs.value = remembered.savedAtMs;
  }
}

/** Expected failures are shown; anything else is a fault of ours and goes up. */
export function asFailure(error: unknown): Problem | Unreachable {
  if (error instanceof Unreachable || error instanceof Problem) return error;
  throw error;
}

/**
 * Reads all alerts that are not closed. The first page is shown at once when nothing is; otherwise what is shown stays
 * until all pages are there.
 */
export async function loadInbox(): Promise<void> {
  const startedAtMs = serverNow();
  inboxLoad.value = { isLoading: true, problem: null };
  try {
    const first = await api.alerts(HELD_STATES, FIRST_PAGE);
    if (alerts.value.size === 0) holdAlerts(first.alerts);
    const read = [...first.alerts];
    let cursor = first.next;
    while (cursor !== undefined && read.length < HELD_ALERTS_MAX) {
      const page: AlertPage = await api.alerts(HELD_STATES, NEXT_PAGE, cursor);
      read.push(...page.alerts);
      cursor = page.next;
    }
    hasMoreAlerts.value = cursor !== undefined;
    replaceHeld(read, startedAtMs);
    asOfMs.value = null;
    inboxLoad.value = IDLE;
    if (me.value) await writeSnapshot(me.value, [...alerts.value.values()], serverNow());
  } catch (error) {
    inboxLoad.value = { isLoading: false, problem: asFailure(error) };
  }
}

/** What was read replaces what is held, but for closed alerts and for news that came while it was read. */
function replaceHeld(read: readonly AlertListItem[], startedAtMs: number): void {
  const kept = [...alerts.value.values()].filter(
    (alert) => alert.state === "closed" || Date.parse(alert.updatedAt) >= startedAtMs,
  );
  alerts.value = new Map(read.map((alert) => [alert.id, alert]));
  holdAlerts(kept);
}

/** Reads the next page of the closed ones. */
export async function loadClosed(): Promise<void> {
  const { next } = closedLoad.value;
  closedLoad.value = { ...closedLoad.value, isLoading: true, problem: null };
  try {
    const page = await api.alerts("closed", FIRST_PAGE, next ?? undefined);
    holdAlerts(page.alerts);
    closedLoad.value = { ...IDLE, next: page.next ?? null, isRead: true };
  } catch (error) {
    closedLoad.value = { isLoading: false, problem: asFailure(error), next, isRead: false };
  }
}

/** Takes alerts from any answer; an older version never replaces a newer one. */
export function holdAlerts(items: readonly AlertListItem[]): void {
  const held = new Map(alerts.value);
  for (const item of items) {
    const known = held.get(item.id);
    if (!known || Date.parse(known.updatedAt) <= Date.parse(item.updatedAt)) held.set(item.id, item);
  }
  alerts.value = held;
}

/** Reads one alert in full. What is shown stays while it is read again. */
export async function loadDetail(id: string): Promise<void> {
  const shown = details.value.get(id)?.alert ?? null;
  setDetail(id, { alert: shown, isLoading: true, problem: null });
  try {
    holdDetail(await api.alert(id));
  } catch (error) {
    setDetail(id, { alert: shown, isLoading: false, problem: asFailure(error) });
  }
}

/** Takes a whole alert from any answer. */
export function holdDetail(alert: AlertDetail): void {
  setDetail(alert.id, { alert, ...IDLE });
  holdAlerts([listItemOf(alert)]);
}

function setDetail(id: string, load: DetailLoad): void {
  details.value = new Map(details.value).set(id, load);
}

/** The members that the list has. */
function listItemOf(alert: AlertDetail): AlertListItem {
  const { id, title, severity, state, owner, createdAt, updatedAt, source, team } = alert;
  const { count, nextCall, heldUntil, called, acknowledgedAt, closedAt } = alert;
  return {
    id,
    title,
    severity,
    state,
    owner,
    createdAt,
    updatedAt,
    source,
    team,
    count,
    nextCall,
    heldUntil,
    called,
    acknowledgedAt,
    closedAt,
  };
}

/** Ends the session on the server and here. */
export async function signOut(): Promise<void> {
  await api.signOut();
  endSession();
}
