import type { AlertItem } from "../alert/alert.ts";
import type { AlertRow } from "../alert/store.ts";
import type { Configuration } from "../configuration.ts";

/** An alert as notifications and lists show it. */
export function toItem(alert: AlertRow, configuration: Pick<Configuration, "person">): AlertItem {
  return {
    id: alert.id,
    title: alert.title,
    severity: alert.severity,
    state: alert.state,
    owner: alert.owner_id === null ? null : configuration.person(alert.owner_id),
    createdAt: alert.created_at.toISOString(),
    updatedAt: alert.updated_at.toISOString(),
    source: {
      kind: alert.source_kind,
      alertId: alert.source_alert_id,
      rule: alert.rule,
      resourceId: alert.resource_ids?.[0] ?? null,
      severity: alert.source_severity,
    },
  };
}
