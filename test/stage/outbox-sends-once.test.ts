import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Channel, SendOutcome } from "../../src/channels/channel.ts";
import { createOutbox, type Outbox } from "../../src/channels/outbox.ts";
import type { ClaimedMessage } from "../../src/channels/outgoing.ts";
import { cancelMessages, insertMessages, LEASE_MS } from "../../src/channels/store.ts";
import { createVirtualClock, type VirtualClock } from "../../src/platform/clock.ts";
import { createIds } from "../../src/platform/ids.ts";
import { createLogger } from "../../src/platform/log.ts";
import { eventually } from "../support/eventually.ts";
import { createTestStore, type TestStore } from "../support/test-store.ts";

const NOW = Date.UTC(2026, 10, 24, 8);
const ids = createIds();
const teamId = ids.next(NOW);
const DELIVERED: SendOutcome = { kind: "delivered", status: 201 };

let store: TestStore;
let clock: VirtualClock;
/** Ids in the order in which the channel got them, and what lets the held attempts end. */
let sent: string[];
let gate: PromiseWithResolvers<void>;
let outbox: Outbox;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());
beforeEach(() => {
  clock = createVirtualClock(NOW);
  sent = [];
  gate = Promise.withResolvers();
  outbox = newOutbox();
});

const heldChannel: Channel = {
  kind: "webhook",
  send: async (message) => {
    sent.push(message.id);
    await gate.promise;
    return DELIVERED;
  },
};

function newOutbox(): Outbox {
  return createOutbox({
    pool: store.pool,
    db: store.db,
    clock,
    ids,
    log: createLogger("silent"),
    random: () => 0.5,
    channel: (kind) => ({ ...heldChannel, kind }),
    contact: (id, personId) => ({ id, personId, channel: "webhook", config: {} }),
    person: (id) => ({ id, name: "Ana" }),
    teamIds: () => [teamId],
    alertUrl: (id) => id,
    onFailed: async () => undefined,
    onRetired: async () => undefined,
  });
}

/** Messages of one open alert, committed as claimed, as the hot path leaves them. */
async function claimedMessages(count: number, channel: "webhook" | "web-push" = "webhook"): Promise<ClaimedMessage[]> {
  const alert = await openAlert();
  const contactId = ids.next(NOW);
  const messages = Array.from(
    { length: count },
    (): ClaimedMessage => ({
      ...{ id: ids.next(NOW), teamId, alertId: alert.id, personId: contactId, contactId, channel, kind: "call-out" },
      ...{ reason: "on duty", step: 1, pass: 1, attempt: 1, createdAt: clock.now(), expiresAt: null, alert },
    }),
  );
  await insertMessages(
    store.db,
    messages.map((message) => ({ ...message, attempts: 1, dueAt: clock.now() + LEASE_MS })),
  );
  return messages;
}

async function openAlert(): Promise<ClaimedMessage["alert"]> {
  const id = ids.next(NOW);
  const at = new Date(NOW);
  const never = { fired_at: null, resolved_at: null, held_until: null, acknowledged_at: null, closed_at: null };
  const unknown = {
    rule: null,
    rule_key: null,
    source_severity: null,
    description: null,
    owner_id: null,
    raw_digest: null,
  };
  const source = {
    source_id: id,
    source_kind: "azure-monitor",
    source_alert_id: id,
    via: "entra" as const,
    resource_ids: [],
  };
  const unread = {
    signal_type: null,
    monitoring_service: null,
    source_read_at: null,
    source_modified_at: null,
    source_state: null,
  };
  await store.db
    .insertInto("alert")
    .values({
      ...{ ...never, ...unknown, ...source, ...unread, team_id: teamId, id, dedup_key: Buffer.from(id) },
      ...{
        title: "Alert",
        severity: "critical" as const,
        state: "open" as const,
        version: 1,
        count: 1,
        condition: "fired" as const,
      },
      ...{
        created_at: at,
        updated_at: at,
        sync: "in-step" as const,
        sync_advice: null,
        closed_unconfirmed: false,
        change_id: 1,
      },
    })
    .execute();
  const iso = at.toISOString();
  const shown = { kind: "azure-monitor", alertId: id, rule: null, resourceId: null, severity: null };
  return {
    id,
    title: "Alert",
    severity: "critical",
    state: "open",
    owner: null,
    createdAt: iso,
    updatedAt: iso,
    source: shown,
  };
}

const statesOf = async (alertId: string) =>
  await store.db
    .selectFrom("message")
    .select(["id", "state", "kind"])
    .where("alert_id", "=", alertId)
    .orderBy("id")
    .execute();

describe("the outbox", () => {
  it("sends a message once although its lease runs out while it waits for a slow receiver", async () => {
    const messages = await claimedMessages(100);
    outbox.dispatch(messages);
    for (let round = 0; round < 4; round += 1) {
      await clock.advance(LEASE_MS + 1_000);
      await outbox.sweep();
    }
    gate.resolve();
    await eventually(async () => (await statesOf(messages[0]!.alertId)).every(({ state }) => state === "delivered"));
    expect(sent.toSorted()).toEqual(messages.map(({ id }) => id).toSorted());
    await outbox.stop();
  });

  it("takes over what another process left behind when its lease has run out, and not before", async () => {
    const messages = await claimedMessages(3);
    gate.resolve();
    await outbox.sweep();
    expect(sent).toEqual([]);
    await clock.advance(LEASE_MS);
    await outbox.sweep();
    await eventually(async () => (await statesOf(messages[0]!.alertId)).every(({ state }) => state === "delivered"));
    expect(sent.toSorted()).toEqual(messages.map(({ id }) => id).toSorted());
    await outbox.stop();
  });

  it("does not repeat a push that was under way when its alert was answered", async () => {
    const [message] = await claimedMessages(1, "web-push");
    outbox.dispatch([message!]);
    await cancelMessages(store.db, teamId, message!.alertId, clock.now());
    outbox.cancel(message!.alertId);
    gate.resolve();
    await outbox.stop();
    expect(await statesOf(message!.alertId)).toEqual([{ id: message!.id, state: "cancelled", kind: "call-out" }]);
  });

  it("repeats a critical push that nobody answered a minute later", async () => {
    const [message] = await claimedMessages(1, "web-push");
    gate.resolve();
    outbox.dispatch([message!]);
    await eventually(async () => (await statesOf(message!.alertId)).length === 2);
    await clock.advance(60_000);
    await outbox.sweep();
    await eventually(() => sent.length === 2);
    await outbox.stop();
  });

  it("sends at most 64 at once to one contact, so that a slow one never takes all places", async () => {
    const slow = await claimedMessages(100);
    const other = await claimedMessages(1);
    outbox.dispatch([...slow, ...other]);
    expect(sent).toHaveLength(65);
    expect(sent).toContain(other[0]!.id);
    expect(outbox.stats()).toEqual({ waiting: 36, sending: 65 });
    gate.resolve();
    await eventually(() => outbox.stats().waiting === 0);
    await outbox.stop();
  });
});
