/**
 * The way of an alert, first file to read:
 *
 *   source      Azure Monitor pushes it (or we find it in the poll)      sources/azure-monitor
 *   ingest      raw bytes and normalised event; once each, group commit  ingest
 *   policy      which escalation policy, and why                         policy
 *   on-duty     who is on duty now                                       on-duty
 *   escalation  who is called now, who next and when                     escalation
 *   channels    the outbox sends: Web Push, webhook                      channels
 *   response    people acknowledge, take, close, comment                 response
 *   write-back  Azure learns it; what changes there arrives here         write-back
 *
 * `createFlow` joins the stages. Decisions are made in memory before the commit; what a commit asks for (messages,
 * timers, write-backs, the event stream) is carried out after it, in `afterCommit`.
 */

import type { SourceEvent } from "./alert/event.ts";
import type { AlertRow } from "./alert/store.ts";
import { createOutbox, type Outbox } from "./channels/outbox.ts";
import type { ClaimedMessage } from "./channels/outgoing.ts";
import { planNewAlert } from "./escalation/plan-new-alert.ts";
import { nextDueEscalation } from "./escalation/store.ts";
import { createEscalationTimers } from "./escalation/timers.ts";
import type { FlowDependencies } from "./flow-dependencies.ts";
import type { Arrival, ArrivalResult, DecideNew } from "./ingest/intake.ts";
import { createIngest, type MadeAlert } from "./ingest/stage.ts";
import type { ChangePorts } from "./response/change-alert.ts";
import type { Effects } from "./response/effects.ts";
import { fireClaimed } from "./response/fire-due.ts";
import { noteFailed } from "./response/note-failed.ts";
import { comment, type Replier, type Reply, reply } from "./response/reply.ts";
import { decideNewAlert } from "./sources/azure-monitor/new-alert.ts";
import { createPoller } from "./sources/azure-monitor/poller.ts";
import { readPush } from "./sources/azure-monitor/read-push.ts";
import { createSourceStore } from "./sources/store.ts";
import { initialSync } from "./write-back/initial-sync.ts";
import { createReconcile } from "./write-back/reconcile.ts";
import { createWriteBack } from "./write-back/stage.ts";

/** A push as the API received it: authentic, not yet read. */
export interface Push {
  teamId: string;
  sourceId: string;
  via: "entra" | "key";
  contentType: string | null;
  body: Buffer;
}

export interface Flow {
  /** Takes a push; answers after the commit. null = the queue is full, nothing was accepted. */
  push(push: Push): Promise<ArrivalResult> | null;
  reply(replier: Replier, alertId: string, what: Reply): Promise<AlertRow>;
  comment(replier: Replier, alertId: string, text: string): Promise<{ id: string; at: number }>;
  start(): void;
  /** Ends in order: accepts nothing, commits what it accepted, sends what it claimed. */
  stop(): Promise<void>;
  /** For tests and the doctor: one round of everything that otherwise happens by timers. */
  runOnce(): Promise<void>;
  stats(): { intakeDepth: number; outbox: ReturnType<Outbox["stats"]> };
}

export function createFlow(deps: FlowDependencies): Flow {
  const { store, clock, ids, log, configuration, rules, severityMap } = deps;
  const { db, pool } = store;
  const teamIds = () => configuration.current().teams.map((team) => team.id);
  const sources = createSourceStore(db);

  // source → ingest: from bytes to an arrival
  const toArrival = (push: Push): Arrival => {
    const now = clock.now();
    const { event, problem } = readPush(push.body, { via: push.via, now, severityMap });
    const { teamId, sourceId, contentType, body } = push;
    return { teamId, sourceId, receivedAt: now, contentType, body, count: 1, event, problem };
  };
  const take = async (source: { teamId: string; id: string }, events: readonly SourceEvent[]) => {
    await ingest.poll(events.map((event) => toPollArrival(source, event, clock.now())));
  };

  // ingest → policy → on-duty → escalation: decided before the commit
  const decideNew: DecideNew = (arrival) => {
    const { event, problem, receivedAt: now } = arrival;
    const decision = decideNewAlert(event, rules.source, now);
    if (decision.kind === "ignored") return { ignored: decision.reason };
    const current = configuration.current();
    const team = current.team(arrival.teamId);
    if (!team) throw new Error(`team ${arrival.teamId} has no policy`);
    const sync = initialSync(event, rules.writeBack, problem);
    return planNewAlert(event, decision, { team, configuration: current, ids, now, sync, problem });
  };

  // escalation → channels: after the commit
  const outbox = createOutbox({
    pool,
    db,
    clock,
    ids,
    log,
    random: deps.random,
    channel: deps.channels.get,
    contact: (contactId, personId) =>
      configuration
        .current()
        .contacts(personId)
        .find((contact) => contact.id === contactId),
    person: (personId) => configuration.current().person(personId),
    teamIds,
    alertUrl: deps.alertUrl,
    onFailed: (message, outcome) =>
      noteFailed({ db, ids, now: clock.now, person: configuration.current().person, afterCommit }, message, outcome),
    onRetired: () => configuration.refresh(),
  });
  const onFresh = (made: readonly MadeAlert[]) => {
    outbox.dispatch(made.flatMap(toClaimed));
    for (const { plan } of made) timers.expect(plan.escalation?.dueAt ?? null);
    deps.onFresh(made);
  };

  // channels → response → write-back
  const afterCommit = (effects: Effects) => {
    for (const alertId of effects.cancelled) outbox.cancel(alertId);
    outbox.dispatch(effects.messages);
    for (const dueAt of effects.dueAt) timers.expect(dueAt);
    if (effects.writeBack) writeBack.nudge();
    deps.onChanged(effects.changed);
  };
  const change = { ids, configuration: configuration.current };
  const reconcile = createReconcile({
    db,
    clock,
    ids,
    log,
    client: deps.azure.client,
    reader: deps.azure.reader,
    severityMap,
    rules: rules.writeBack,
    autoClose: rules.source.autoClose,
    sources: () => configuration.current().sources,
    change,
    afterCommit,
    take,
  });
  const changePorts: ChangePorts = { ...change, planWriteBack: reconcile.planWriteBack };
  const replyPorts = { ...changePorts, db, now: clock.now, afterCommit };
  const writeBack = createWriteBack({
    db,
    clock,
    ids,
    log,
    random: deps.random,
    teamIds,
    write: reconcile.write,
    onChanged: (alert) => deps.onChanged([alert]),
  });

  const timers = createEscalationTimers({
    clock,
    log,
    fire: (limit) => fireClaimed({ ...changePorts, db, log, now: clock.now, afterCommit, teamIds }, limit),
    nextDueAt: () => nextDueEscalation(db, teamIds()),
  });
  const ingest = createIngest(
    { pool, ids, decideNew, changesKnown: reconcile.changesKnown, applyToKnown: reconcile.applyToKnown, onFresh },
    deps.intakeQueueMax,
  );
  const poller = createPoller(
    {
      clock,
      log,
      reader: deps.azure.reader,
      sources: () => configuration.current().sources.filter((source) => source.kind === "azure-monitor"),
      cursorOf: sources.cursorOf,
      take,
      succeeded: (source, cursorAt) => sources.succeeded(source, cursorAt, clock.now()),
      failed: (source, error, advice) => sources.failed(source, error, advice, clock.now()),
      afterRound: reconcile.confirmWaiting,
    },
    deps.pollIntervalMs,
  );

  return {
    push: (push) => ingest.push(toArrival(push)),
    reply: (replier, alertId, what) => reply(replyPorts, replier, alertId, what),
    comment: (replier, alertId, text) => comment(replyPorts, replier, alertId, text),
    start: () => {
      outbox.start();
      timers.start();
      writeBack.start();
      poller.start();
    },
    stop: async () => {
      await ingest.drain();
      await Promise.all([poller.stop(), timers.stop(), writeBack.stop()]);
      await outbox.stop();
    },
    runOnce: async () => {
      await poller.run();
      await timers.run();
      await outbox.sweep();
      await writeBack.run();
    },
    stats: () => ({ intakeDepth: ingest.depth(), outbox: outbox.stats() }),
  };
}

function toPollArrival(source: { teamId: string; id: string }, event: SourceEvent, now: number): Arrival {
  const body = Buffer.from(JSON.stringify(event.payload));
  return {
    teamId: source.teamId,
    sourceId: source.id,
    receivedAt: now,
    contentType: "application/json",
    body,
    count: 1,
    event,
    problem: null,
  };
}

const toClaimed = ({ arrival, alertId, plan }: MadeAlert): ClaimedMessage[] =>
  plan.callOuts.map((callOut) => ({
    id: callOut.id,
    teamId: arrival.teamId,
    alertId,
    personId: callOut.personId,
    contactId: callOut.contactId,
    channel: callOut.channel as ClaimedMessage["channel"],
    kind: "call-out",
    reason: callOut.reason,
    step: callOut.step,
    pass: callOut.pass,
    attempt: 1,
    createdAt: arrival.receivedAt,
    expiresAt: callOut.expiresAt,
    alert: {
      id: alertId,
      title: arrival.event.title,
      severity: arrival.event.severity,
      state: plan.state,
      owner: null,
      createdAt: new Date(arrival.receivedAt).toISOString(),
      updatedAt: new Date(arrival.receivedAt).toISOString(),
      source: {
        kind: arrival.event.sourceKind,
        alertId: arrival.event.alertId,
        rule: arrival.event.rule,
        resourceId: arrival.event.resourceIds[0] ?? null,
        severity: arrival.event.sourceSeverity,
      },
    },
  }));
