import type { ActionGroups } from "../action-groups/action-groups.ts";
import type { World } from "../world.ts";
import { pushedAlertId } from "./alert-ids.ts";
import type { AlertRecord } from "./alert-record.ts";
import type { AlertRequest } from "./alert-request.ts";
import { type AlertStore, SYSTEM_USER } from "./alert-store.ts";
import { defaultResourceId, defaultsOf } from "./kind-defaults.ts";
import { parseResourceId } from "./resource-id.ts";
import { type AlertState, isKnownService, kindFor, signalOf } from "./signal.ts";

/** Who changes an alert on the control page: as a person in the Azure portal would. */
export const PORTAL_USER = "azure.operator@contoso.example";

/** The alerts of the simulated Azure, for whoever drives it: the control API, the demonstration, tests. */
export interface AlertsWorld {
  /** A rule fires. The answer is kept by Azure at once; action groups are told in the background. */
  fire(request: AlertRequest): AlertRecord;
  /** The condition ends. False when it had ended before; then nobody is told. */
  resolve(alert: AlertRecord, options?: { push?: boolean; resolvedAt?: number }): boolean;
  /** A person answers in Azure; no action group is told of it, as in Azure. */
  setState(alert: AlertRecord, state: AlertState, comment?: string): void;
  /** As if Azure's 30 days were over. */
  forget(alert: AlertRecord): void;
  /** By GUID; undefined when Azure does not have it. */
  find(guid: string): AlertRecord | undefined;
  /** Newest firing first. */
  all(): AlertRecord[];
  /** Full ARM id as payloads carry it. */
  alertIdOf(alert: AlertRecord): string;
  /** Resolves when no push is under way or waiting for its retry. */
  idle(): Promise<void>;
  /** Ends pushes under way; call it when the sandbox stops. */
  stop(): void;
}

/** Drives a store and its action groups. */
export function createAlertsWorld(world: World, store: AlertStore, actionGroups: ActionGroups): AlertsWorld {
  return {
    fire(request) {
      const alert = store.add(recordOf(world, request));
      if (request.suppressed) {
        const description = "Action groups are suppressed by alert processing rules";
        store.noteActions(alert, { event: "ActionsSuppressed", at: world.now(), by: SYSTEM_USER, description });
      } else if (request.push) {
        actionGroups.notify(alert);
      }
      return alert;
    },
    resolve(alert, { push = true, resolvedAt = world.now() } = {}) {
      const changed = store.resolve(alert, resolvedAt);
      if (changed && push && !alert.suppressed) actionGroups.notify(alert);
      return changed;
    },
    setState: (alert, state, comment = "") => store.changeState(alert, state, PORTAL_USER, comment),
    forget: (alert) => void store.delete(alert.guid),
    find: (guid) => store.get(guid),
    all: () => store.all().sort((left, right) => right.firedAt - left.firedAt),
    alertIdOf: pushedAlertId,
    idle: () => actionGroups.idle(),
    stop: () => actionGroups.stop(),
  };
}

/** A request with everything filled in that it left open. */
function recordOf(world: World, request: AlertRequest): Omit<AlertRecord, "history"> {
  const service = request.monitorService ?? request.monitoringService;
  const kind = request.kind ?? kindFor(request.signalType, service);
  const signal = signalOf(kind);
  const defaults = defaultsOf(kind);
  const resourceId = request.resourceId ?? defaultResourceId(kind, world.subscriptionId);
  const firedAt = request.firedAt ?? world.now();
  // A service of no kind of ours (Nagios, SCOM, one to come) is passed on in the caller's spelling.
  const foreignService = service !== undefined && !isKnownService(service) ? service : undefined;
  return {
    guid: world.newId().toLowerCase(),
    subscriptionId: parseResourceId(resourceId)?.subscriptionId ?? world.subscriptionId,
    kind,
    rule: request.rule,
    severity: request.severity,
    monitorService: foreignService ?? signal.monitorService ?? signal.monitoringService,
    monitoringService: foreignService ?? signal.monitoringService,
    resourceId,
    description: request.description ?? "",
    firedAt,
    resolvedAt: null,
    state: "New",
    modifiedAt: firedAt,
    modifiedBy: SYSTEM_USER,
    suppressed: request.suppressed,
    measurement: {
      metricName: request.metricName ?? defaults.metricName,
      value: request.value ?? defaults.value,
      threshold: request.threshold ?? defaults.threshold,
      dimensions: Object.entries(request.dimensions ?? {}).map(([name, value]) => ({ name, value })),
      searchQuery: request.searchQuery ?? defaults.searchQuery,
    },
    customProperties: request.customProperties ?? null,
  };
}
