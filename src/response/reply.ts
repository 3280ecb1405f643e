import type { Kysely, Transaction } from "kysely";
import type { PersonRef } from "../alert/alert.ts";
import { type AlertRow, appendTimeline, lockAlert, readAlert, updateAlert } from "../alert/store.ts";
import type { TimelineKind } from "../alert/timeline.ts";
import type { ReplyKind } from "../alert/transition.ts";
import type { Database } from "../migrations/tables.ts";
import { ProblemError } from "../platform/errors.ts";
import { type ChangePorts, changeAlert } from "./change-alert.ts";
import { type Effects, noEffects } from "./effects.ts";

/**
 * What a person may answer. What comes in is the authenticated person, the teams they may act for and the reply; what
 * goes out is the alert after the commit, or a `ProblemError`: not found (also of another team), already owned, wrong
 * state, changed meanwhile. Two people at once: one wins, the other is told who.
 */
export interface Replier {
  person: PersonRef;
  teamIds: readonly string[];
}

export interface Reply {
  kind: Extract<ReplyKind, "acknowledge" | "take" | "unacknowledge" | "close" | "reopen">;
  comment: string | null;
  /** Acknowledge although somebody else has it. */
  takeOver: boolean;
}

export interface ReplyPorts extends ChangePorts {
  db: Kysely<Database>;
  now(): number;
  /** Carries out what the committed transaction asked for. */
  afterCommit(effects: Effects): void;
}

/** Somebody who took the alert so shortly ago has it: the later of two people at once is told, not served. */
const AT_ONCE_MS = 2_000;

const ENTRY: Record<Reply["kind"], { kind: TimelineKind; verb: string }> = {
  acknowledge: { kind: "acknowledged", verb: "acknowledged this alert" },
  take: { kind: "taken", verb: "took this alert" },
  unacknowledge: { kind: "unacknowledged", verb: "gave the acknowledgement back" },
  close: { kind: "closed", verb: "closed this alert" },
  reopen: { kind: "reopened", verb: "reopened this alert" },
};

/** Applies a reply. Repeating one's own acknowledge or take answers the alert and changes nothing. */
export async function reply(ports: ReplyPorts, replier: Replier, alertId: string, what: Reply): Promise<AlertRow> {
  const seen = await readAlert(ports.db, replier.teamIds, alertId);
  if (!seen) throw new ProblemError("not-found", "There is no such alert.");
  const effects = noEffects();
  const changed = await ports.db.transaction().execute(async (tx) => {
    const alert = await lockAlert(tx, replier.teamIds, alertId);
    if (!alert) throw new ProblemError("not-found", "There is no such alert.");
    return replyToLocked(tx, ports, replier, alert, seen, what, effects);
  });
  ports.afterCommit(effects);
  return changed;
}

async function replyToLocked(
  tx: Transaction<Database>,
  ports: ReplyPorts,
  replier: Replier,
  alert: AlertRow,
  seen: AlertRow,
  what: Reply,
  effects: Effects,
): Promise<AlertRow> {
  const now = ports.now();
  if (isRepeat(alert, replier, what)) return alert;
  refuseIfOwned(ports, alert, replier, what, now);
  // What Azure or the outbox noted meanwhile is no reason to refuse: only an answer is.
  if (what.kind === "take" && (alert.state !== seen.state || alert.owner_id !== seen.owner_id)) {
    throw new ProblemError("conflict", "The alert changed while you answered.");
  }
  const entry = ENTRY[what.kind];
  const from =
    alert.owner_id && alert.owner_id !== replier.person.id
      ? ` from ${ports.configuration().person(alert.owner_id).name}`
      : "";
  const verb =
    entry.kind === "taken" || (what.kind === "acknowledge" && what.takeOver) ? `${entry.verb}${from}` : entry.verb;
  const change = {
    cause: what.kind,
    actor: replier.person,
    comment: what.comment,
    entry: {
      kind: entry.kind,
      text: `${replier.person.name} ${verb}.`,
      data: what.comment === null ? {} : { comment: what.comment },
    },
  };
  const changed = await changeAlert(tx, ports, alert, change, now, effects);
  if (!changed)
    throw new ProblemError("wrong-state", `The alert is ${alert.state}; it cannot be changed by “${what.kind}”.`, {
      members: { state: alert.state },
    });
  if (what.comment !== null) await appendTimeline(tx, [commentEntry(alert, replier, what.comment)], ports.ids, now);
  return changed;
}

const isRepeat = (alert: AlertRow, replier: Replier, what: Reply) =>
  (what.kind === "acknowledge" || what.kind === "take") &&
  alert.state === "acknowledged" &&
  alert.owner_id === replier.person.id;

function refuseIfOwned(ports: ReplyPorts, alert: AlertRow, replier: Replier, what: Reply, now: number): void {
  if (alert.state !== "acknowledged" || alert.owner_id === null || alert.owner_id === replier.person.id) return;
  const since = alert.acknowledged_at ?? alert.updated_at;
  const justNow = now - since.getTime() < AT_ONCE_MS;
  const owned = (what.kind === "acknowledge" && !what.takeOver) || (what.kind === "take" && justNow);
  if (!owned) return;
  const owner = ports.configuration().person(alert.owner_id);
  const members = { owner, since: since.toISOString() };
  throw new ProblemError("already-owned", `${owner.name} has this alert since ${since.toISOString()}.`, { members });
}

const commentEntry = (alert: AlertRow, replier: Replier, text: string) => ({
  teamId: alert.team_id,
  alertId: alert.id,
  kind: "comment" as const,
  actorId: replier.person.id,
  text,
});

/** Adds a comment; the alert's state and Azure's stay as they are. Answers the entry's id. */
export async function comment(
  ports: ReplyPorts,
  replier: Replier,
  alertId: string,
  text: string,
): Promise<{ id: string; at: number }> {
  const effects = noEffects();
  const now = ports.now();
  const id = await ports.db.transaction().execute(async (tx) => {
    const alert = await lockAlert(tx, replier.teamIds, alertId);
    if (!alert) throw new ProblemError("not-found", "There is no such alert.");
    const [entryId] = await appendTimeline(tx, [commentEntry(alert, replier, text)], ports.ids, now);
    effects.changed.push(await updateAlert(tx, alert, {}, now));
    return entryId!;
  });
  ports.afterCommit(effects);
  return { id, at: now };
}
