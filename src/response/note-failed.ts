import type { Kysely } from "kysely";
import type { PersonRef } from "../alert/alert.ts";
import { appendTimeline, lockAlert, markChanged } from "../alert/store.ts";
import type { SendOutcome } from "../channels/channel.ts";
import type { ClaimedMessage } from "../channels/outgoing.ts";
import { hastenUnreached } from "../escalation/store.ts";
import type { Database } from "../migrations/tables.ts";
import type { Ids } from "../platform/ids.ts";
import { type Effects, noEffects } from "./effects.ts";

/**
 * A message ended without reaching anybody: the timeline says so, and when nothing of the step has reached anybody the
 * next step comes now.
 */
export interface NoteFailedPorts {
  db: Kysely<Database>;
  ids: Ids;
  now(): number;
  person(personId: string): PersonRef;
  afterCommit(effects: Effects): void;
}

export async function noteFailed(
  ports: NoteFailedPorts,
  message: ClaimedMessage,
  outcome: Extract<SendOutcome, { kind: "failed" }>,
): Promise<void> {
  const { teamId, alertId, step, pass } = message;
  const now = ports.now();
  const effects = noEffects();
  await ports.db.transaction().execute(async (tx) => {
    const alert = await lockAlert(tx, [teamId], alertId);
    if (!alert) return;
    const { reason, status } = outcome;
    const answer = status === null ? "" : ` (${status})`;
    const text = `${ports.person(message.personId).name} was not reached by ${message.channel}: ${reason}${answer}.`;
    const data = { messageId: message.id, reason, status };
    await appendTimeline(tx, [{ teamId, alertId, kind: "failed", actorId: null, text, data }], ports.ids, now);
    const stepKnown = step !== null && pass !== null;
    if (stepKnown && (await hastenUnreached(tx, { teamId, alertId, pass, step }, now))) effects.dueAt.push(now);
    effects.changed.push(await markChanged(tx, alert, {}, now));
  });
  ports.afterCommit(effects);
}
