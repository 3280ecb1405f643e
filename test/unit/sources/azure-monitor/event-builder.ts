import type { SourceEvent } from "../../../../src/alert/event.ts";

export const SUBSCRIPTION = "3b540246-808d-4331-99aa-917b808a9166";
export const GUID = "66114d64-d9d9-478b-95c9-b789d6502100";
export const ALERT_ID = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/${GUID}`;
export const FIRED_AT = Date.parse("2026-11-24T08:00:00Z");

/** An Entra-signed Fired of Sev2; every other value in a test matters to it. */
export function buildEvent(values: Partial<SourceEvent> = {}): SourceEvent {
  return {
    sourceKind: "azure-monitor",
    via: "entra",
    nativeId: GUID,
    alertId: ALERT_ID,
    rule: "cpu-high",
    title: "cpu-high",
    description: null,
    severity: "medium",
    sourceSeverity: "Sev2",
    resourceIds: [],
    condition: "fired",
    firedAt: FIRED_AT,
    resolvedAt: null,
    signalType: "Metric",
    monitoringService: "Platform",
    schema: "common",
    sourceState: null,
    suppressed: false,
    modifiedAt: null,
    modifiedBy: null,
    facts: [],
    advice: [],
    payload: {},
    ...values,
  };
}

/** The body of a push in the common schema; `essentials` are laid over the defaults. */
export function buildBody(essentials: Record<string, unknown> = {}, data: Record<string, unknown> = {}) {
  return {
    schemaId: "azureMonitorCommonAlertSchema",
    data: {
      essentials: {
        alertId: ALERT_ID,
        alertRule: "cpu-high",
        severity: "Sev2",
        signalType: "Metric",
        monitorCondition: "Fired",
        monitoringService: "Platform",
        alertTargetIDs: [
          `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm`,
        ],
        firedDateTime: "2026-11-24T08:00:00.1234567Z",
        description: "CPU is high",
        ...essentials,
      },
      alertContext: {},
      ...data,
    },
  };
}

/** An alert as the alerts management API answers it. */
export function buildAlert(essentials: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  return {
    id: ALERT_ID,
    name: "cpu alert",
    type: "Microsoft.AlertsManagement/alerts",
    properties: {
      essentials: {
        severity: "Sev2",
        signalType: "Metric",
        alertState: "New",
        monitorCondition: "Fired",
        monitorService: "Platform",
        alertRule: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/microsoft.insights/metricAlerts/cpu-high`,
        startDateTime: "2026-11-24T08:00:00.1234567Z",
        lastModifiedDateTime: "2026-11-24T08:00:05Z",
        lastModifiedUserName: "System",
        actionStatus: { isSuppressed: false },
        ...essentials,
      },
    },
    ...more,
  };
}
