import type { Kysely } from "kysely";
import type { SourceEvent, SourceState } from "../alert/event.ts";
import { type AlertPatch, type AlertRow, appendTimeline, lockAlert, readAlert, updateAlert } from "../alert/store.ts";
import type { TimelineKind } from "../alert/timeline.ts";
import type { Database } from "../migrations/tables.ts";
import type { Clock } from "../platform/clock.ts";
import type { Ids } from "../platform/ids.ts";
import type { Logger } from "../platform/log.ts";
import { claimWrites, finishWrite, hasPendingWrite, nextDueWrite, type WriteRow } from "./store.ts";

/**
 * Write-back: what people answered is written to the source. What comes in are queued writes; each ends as done, as
 * "no longer in Azure", or is tried again for as long as Azure keeps the alert. Writes of one alert go one after the
 * other, so that an older answer never overtakes a newer one. It fails towards people: the alert's sync line says what
 * is the matter and what to do.
 */
export type WriteOutcome =
  | { kind: "done"; event: SourceEvent | null }
  | { kind: "gone" }
  | { kind: "unknown" }
  | { kind: "refused"; code: string; advice: string }
  | { kind: "retry"; retryAfterSeconds: number | null; reason: string };

export interface WriteBackPorts {
  db: Kysely<Database>;
  clock: Clock;
  ids: Ids;
  log: Logger;
  random(): number;
  teamIds(): readonly string[];
  /** One attempt at the source; reads the alert first where only a key has vouched for its id (threats I3). */
  write(alert: AlertRow, newState: SourceState, comment: string): Promise<WriteOutcome>;
  onChanged(alert: AlertRow): void;
}

export interface WriteBack {
  start(): void;
  stop(): Promise<void>;
  /** A write was queued: look now. */
  nudge(): void;
  /** Carries out everything due now, and waits for what was under way. */
  run(): Promise<void>;
}

const NET_MS = 5_000;
/** Alerts whose writes are under way; more wait in the store. */
const BUSY_MAX = 50;
const BASE_MS = 2_000;
const CAP_MS = 300_000;
/** A refusal needs somebody to change something: no hurry. */
const REFUSED_MS = 120_000;

export function createWriteBack(ports: WriteBackPorts): WriteBack {
  const busy = new Map<string, Promise<void>>();
  let timer: (() => void) | null = null;
  let stopped = true;

  /** One alert's writes in order. */
  const enqueue = (write: WriteRow) => {
    const before = busy.get(write.alert_id) ?? Promise.resolve();
    const after = before
      .then(() => attempt(ports, write))
      .catch((error: unknown) => {
        ports.log.error({ error: String(error), alert: write.alert_id }, "a write-back could not be recorded");
      });
    busy.set(write.alert_id, after);
    void after.finally(() => {
      if (busy.get(write.alert_id) === after) busy.delete(write.alert_id);
    });
    return after;
  };

  /** Claims what is due and carries it out; further rounds do not wait for a slow one. */
  const run = async () => {
    if (busy.size >= BUSY_MAX) return;
    const writes = await claimWrites(ports.db, ports.teamIds(), ports.clock.now()).catch((error: unknown) => {
      ports.log.error({ error: String(error) }, "write-backs could not be claimed");
      return [];
    });
    const carriedOut = writes.map(enqueue);
    void arm();
    await Promise.all(busy.values());
    if (carriedOut.length > 0) await arm();
  };

  const arm = async () => {
    if (stopped) return;
    const now = ports.clock.now();
    const due = await nextDueWrite(ports.db, ports.teamIds()).catch(() => null);
    timer?.();
    if (stopped) return;
    timer = ports.clock.setTimer(Math.max(now + 20, Math.min(due ?? now + NET_MS, now + NET_MS)), () => void run());
  };

  return {
    run,
    nudge: () => {
      if (!stopped) void run();
    },
    start: () => {
      stopped = false;
      void run();
    },
    stop: async () => {
      stopped = true;
      timer?.();
      await Promise.all(busy.values());
    },
  };
}

async function attempt(ports: WriteBackPorts, write: WriteRow): Promise<void> {
  const alert = await readAlert(ports.db, [write.team_id], write.alert_id);
  if (!alert) return;
  const outcome = await ports.write(alert, write.new_state, write.comment);
  const now = ports.clock.now();
  const changed = await ports.db.transaction().execute(async (tx) => {
    const current = await lockAlert(tx, [write.team_id], write.alert_id);
    if (!current) return undefined;
    const decided = decide(write, current, outcome, now, ports.random());
    await finishWrite(tx, write, decided.finish, now);
    const patch =
      (await hasPendingWrite(tx, write)) && decided.finish.state !== "pending"
        ? { ...decided.patch, ...STILL_SENDING }
        : decided.patch;
    if (decided.entry)
      await appendTimeline(
        tx,
        [{ teamId: write.team_id, alertId: write.alert_id, actorId: null, ...decided.entry }],
        ports.ids,
        now,
      );
    return updateAlert(tx, current, patch, now);
  });
  if (changed) ports.onChanged(changed);
}

/** A newer answer waits behind the one that has just ended. */
const STILL_SENDING = { sync: "sending" as const, sync_advice: null };

interface Decided {
  finish: Parameters<typeof finishWrite>[2];
  patch: AlertPatch;
  entry: { kind: TimelineKind; text: string; data: Record<string, unknown> } | null;
}

function decide(write: WriteRow, alert: AlertRow, outcome: WriteOutcome, now: number, random: number): Decided {
  const data = { state: write.new_state, operationId: write.operation_id };
  switch (outcome.kind) {
    case "done": {
      const modifiedAt = outcome.event?.modifiedAt ?? null;
      const patch: AlertPatch = {
        source_state: write.new_state,
        source_read_at: new Date(now),
        ...(modifiedAt === null ? {} : { source_modified_at: new Date(modifiedAt) }),
        sync: "in-step",
        sync_advice: null,
      };
      return {
        finish: { state: "done", nextAttemptAt: null, error: null, modifiedAt },
        patch,
        entry: { kind: "azure-written", text: `Azure shows ${write.new_state}.`, data },
      };
    }
    case "gone":
    case "unknown": {
      const gone = outcome.kind === "gone";
      const text = gone
        ? "No longer in Azure: it deletes alerts after 30 days. Nothing more is written."
        : "Unknown to Azure: it has no alert of this id. Nothing is written.";
      const patch: AlertPatch = { sync: gone ? "gone" : "unknown-to-azure", sync_advice: text };
      return {
        finish: { state: "gone", nextAttemptAt: null, error: text, modifiedAt: null },
        patch,
        entry: { kind: "azure-gone", text, data },
      };
    }
    case "refused": {
      const nextAttemptAt = now + REFUSED_MS;
      const first = write.error !== outcome.advice;
      const patch: AlertPatch = { sync: "refused", sync_advice: outcome.advice };
      const entry = first
        ? {
            kind: "azure-refused" as const,
            text: `Azure refused ${write.new_state} (${outcome.code}). ${outcome.advice}`,
            data,
          }
        : null;
      return { finish: { state: "pending", nextAttemptAt, error: outcome.advice, modifiedAt: null }, patch, entry };
    }
    case "retry": {
      const backoffMs = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(20, write.attempts - 1)) * (0.5 + random / 2);
      const nextAttemptAt = now + Math.max(backoffMs, (outcome.retryAfterSeconds ?? 0) * 1_000);
      const advice = `Not in Azure yet: ${outcome.reason} Next try ${new Date(nextAttemptAt).toISOString().slice(11, 19)} UTC. Nothing to do.`;
      const patch: AlertPatch = { sync: "waiting", sync_advice: advice, source_state: alert.source_state };
      return {
        finish: { state: "pending", nextAttemptAt, error: outcome.reason, modifiedAt: null },
        patch,
        entry: null,
      };
    }
  }
}
