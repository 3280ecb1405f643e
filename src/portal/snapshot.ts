import type { AlertListItem, Me } from "../api/contract.ts";

/**
 * What this device remembers of the inbox for the time without a network. Kept per person and emptied at sign-out and at
 * a 401 (threats B6). Losing it costs nothing but speed, so every failure of the browser's store is "nothing remembered".
 */
export interface Snapshot {
  me: Me;
  alerts: AlertListItem[];
  /** Epoch milliseconds, server time. */
  savedAtMs: number;
}

/** Also known to the service worker, which never deletes caches with this beginning. */
const CACHE_PREFIX = "watchbell-person-";
const ENTRY = "/snapshot.json";
/** Enough for every screen of a night, small enough to be written after each load. */
const REMEMBERED_ALERTS_MAX = 200;

/** Replaces what is remembered, also that of another person. */
export async function writeSnapshot(me: Me, alerts: AlertListItem[], savedAtMs: number): Promise<void> {
  const snapshot: Snapshot = {
    me,
    alerts: alerts.filter((alert) => alert.state !== "closed").slice(0, REMEMBERED_ALERTS_MAX),
    savedAtMs,
  };
  const name = CACHE_PREFIX + me.person.id;
  await forgiving(async () => {
    for (const other of await personCaches()) if (other !== name) await caches.delete(other);
    await (await caches.open(name)).put(ENTRY, Response.json(snapshot));
  });
}

/** What is remembered, or null. */
export async function readSnapshot(): Promise<Snapshot | null> {
  const found = await forgiving(async () => {
    const [name] = await personCaches();
    const entry = name === undefined ? undefined : await (await caches.open(name)).match(ENTRY);
    return entry === undefined ? null : ((await entry.json()) as Snapshot);
  });
  return found ?? null;
}

export async function clearSnapshots(): Promise<void> {
  await forgiving(async () => {
    for (const name of await personCaches()) await caches.delete(name);
  });
}

const personCaches = async () => (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX));

/** Private windows and full disks refuse the store; that is expected and harmless. */
async function forgiving<T>(work: () => Promise<T>): Promise<T | undefined> {
  if (!("caches" in globalThis)) return undefined;
  return work().catch(() => undefined);
}
