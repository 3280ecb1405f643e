import type { Clock } from "../../platform/clock.ts";
import { ruleIdOf } from "../alerts/alert-ids.ts";
import type { AlertRecord } from "../alerts/alert-record.ts";
import { type AlertStore, SYSTEM_USER } from "../alerts/alert-store.ts";
import { commonPayload } from "../alerts/payload/common-payload.ts";
import { legacyPayload } from "../alerts/payload/legacy-payload.ts";
import type { AlertCore } from "../alerts/port.ts";
import { groupsOfRule, type WebhookReceiver, webhookReceivers } from "./action-group.ts";
import { type AttachedGroup, decideActionGroups, deployedProcessingRules } from "./processing-rule.ts";
import { type DeliveryOutcome, type DeliveryTools, deliver } from "./webhook-delivery.ts";
import type { WebhookPost } from "./webhook-post.ts";

/** Posts under way at once: a storm of alerts must not open thousands of connections to one worker. */
const PARALLEL_POSTS_MAX = 32;
/** Results kept for the control page. */
const RESULTS_MAX = 50;

/** One delivery, for people who look why nothing arrived. */
export interface DeliveryResult {
  /** Epoch milliseconds. */
  at: number;
  alertGuid: string;
  receiver: string;
  outcome: DeliveryOutcome;
}

export interface ActionGroups {
  /** Decides who is told of the alert's present condition and posts in the background; the first of it is decided now. */
  notify(alert: AlertRecord): void;
  /** Latest deliveries, newest first. */
  results(): DeliveryResult[];
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Ends retries and posts. */
  stop(): void;
}

/**
 * The action groups of the simulated Azure. In: an alert that fired or resolved. Out: posts to the webhook receivers of
 * the groups that its rule and the processing rules attach. A failing receiver is retried, then given up, as in Azure;
 * nothing of it reaches the one who fired the alert.
 */
export function createActionGroups(core: AlertCore, store: AlertStore, clock: Clock, post: WebhookPost): ActionGroups {
  const ending = new AbortController();
  const tools: DeliveryTools = { core, clock, post, signal: ending.signal };
  const waiting: (() => Promise<void>)[] = [];
  const results: DeliveryResult[] = [];
  const running = new Set<Promise<void>>();
  // A firing is tried before its own end is: the other way round is Azure's exception, and tests need the rule.
  const firstTries = new Map<string, Promise<void>>();

  const startNext = () => {
    const job = running.size < PARALLEL_POSTS_MAX ? waiting.shift() : undefined;
    if (job === undefined) return;
    const run: Promise<void> = job().finally(() => {
      running.delete(run);
      startNext();
    });
    running.add(run);
  };
  const enqueue = (alert: AlertRecord, receiver: WebhookReceiver) => {
    // The payload is made now: a later resolve must not change what was sent about the firing.
    const payload = receiver.useCommonAlertSchema === true ? commonPayload(alert) : legacyPayload(alert);
    const key = `${alert.guid} ${receiver.serviceUri}`;
    const before = firstTries.get(key);
    const { promise: firstTry, resolve: firstTryEnded } = Promise.withResolvers<void>();
    firstTries.set(key, firstTry);
    waiting.push(async () => {
      await before;
      const outcome = await deliver(tools, receiver, payload, firstTryEnded);
      if (firstTries.get(key) === firstTry) firstTries.delete(key);
      results.unshift({ at: core.world.now(), alertGuid: alert.guid, receiver: receiver.name, outcome });
      results.splice(RESULTS_MAX);
    });
    startNext();
  };
  return {
    notify(alert) {
      const told = decide(core, store, alert);
      for (const receiver of told.flatMap((group) => webhookReceivers(core.world.resources, group.actionGroupId))) {
        enqueue(alert, receiver);
      }
    },
    results: () => [...results],
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    stop() {
      waiting.length = 0;
      ending.abort();
    },
  };
}

/** Groups to tell, with the decision noted in the alert's history. */
function decide({ world }: AlertCore, store: AlertStore, alert: AlertRecord): AttachedGroup[] {
  const ruleId = ruleIdOf(alert);
  const own = groupsOfRule(world.resources, ruleId).map(
    (actionGroupId) => ({ actionGroupId, ruleId, ruleType: "AlertRule" }) as const,
  );
  const now = world.now();
  const { groups, suppressedBy } = decideActionGroups(deployedProcessingRules(world.resources), alert, own, now);
  const entry = { at: now, by: SYSTEM_USER };
  if (suppressedBy.length > 0) {
    alert.suppressed = true;
    const description = "Action groups are suppressed by alert processing rules";
    store.noteActions(alert, { ...entry, event: "ActionsSuppressed", description, actionGroups: groups, suppressedBy });
    return [];
  }
  for (const group of groups) {
    const description = "Action group is triggered";
    store.noteActions(alert, { ...entry, event: "ActionsTriggered", description, actionGroups: [group] });
  }
  return groups;
}
