import { randomUUID } from "node:crypto";

/** What a test says about a pushed alert; the rest has defaults. */
export interface PushBodyOptions {
  alertId?: string;
  /** Subscription of a made-up alert id. */
  subscriptionId?: string;
  rule?: string | null;
  severity?: string | null;
  condition?: "Fired" | "Resolved";
  /** ISO 8601. */
  firedAt?: string;
  description?: string;
  /** Further members of `essentials`. */
  essentials?: Record<string, unknown>;
  alertContext?: unknown;
}

/** Full ARM id of an alert that Azure never heard of, unless told the GUID. */
export const alertIdIn = (subscriptionId: string, guid: string = randomUUID()) =>
  `/subscriptions/${subscriptionId}/providers/Microsoft.AlertsManagement/alerts/${guid}`;

/** The body of an action group's post in the common alert schema. */
export function pushBody(options: PushBodyOptions = {}): Record<string, unknown> {
  const resolved = options.condition === "Resolved";
  const subscriptionId = options.subscriptionId ?? "3b540246-808d-4331-99aa-917b808a9166";
  return {
    schemaId: "azureMonitorCommonAlertSchema",
    data: {
      essentials: {
        alertId: options.alertId ?? alertIdIn(subscriptionId),
        alertRule: options.rule === undefined ? "cpu-high" : options.rule,
        severity: options.severity === undefined ? "Sev1" : options.severity,
        signalType: "Metric",
        monitorCondition: options.condition ?? "Fired",
        monitoringService: "Platform",
        alertTargetIDs: [
          `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-1`,
        ],
        originAlertId: "origin",
        firedDateTime: options.firedAt ?? new Date().toISOString(),
        ...(resolved ? { resolvedDateTime: new Date().toISOString() } : {}),
        description: options.description ?? "CPU is high",
        essentialsVersion: "1.0",
        alertContextVersion: "1.0",
        ...options.essentials,
      },
      alertContext: options.alertContext ?? {},
    },
  };
}
