import { randomUUID } from "node:crypto";
import type { StartReport } from "./start-process.ts";

/** A push as an action group posts it, and what the worker lists. */
export interface ListedAlert {
  id: string;
  title: string;
  state: string;
  source: { alertId: string | null };
}

/** The common alert schema of a metric alert; `alertId` is as Azure writes it. */
export function firedPayload(subscriptionId: string, alertGuid: string, alertRule = "CPU above 90 percent"): string {
  const alertId = `/subscriptions/${subscriptionId}/providers/Microsoft.AlertsManagement/alerts/${alertGuid}`;
  const target = `/subscriptions/${subscriptionId}/resourcegroups/rg-test/providers/microsoft.compute/virtualmachines/vm-1`;
  const essentials = {
    alertId,
    alertRule,
    severity: "Sev1",
    signalType: "Metric",
    monitorCondition: "Fired",
    monitoringService: "Platform",
    alertTargetIDs: [target],
    originAlertId: alertGuid,
    firedDateTime: new Date().toISOString(),
    essentialsVersion: "1.0",
    alertContextVersion: "1.0",
  };
  return JSON.stringify({ schemaId: "azureMonitorCommonAlertSchema", data: { essentials, alertContext: {} } });
}

export interface PushAnswer {
  status: number;
  retryAfter: string | null;
  alertIds: string[];
}

/** Posts one alert with the source key. Rejects only when there was no answer. */
export async function pushAlert(
  is: Pick<StartReport, "intakeUrl" | "intakeKey" | "subscriptionId">,
  alertGuid: string = randomUUID(),
): Promise<PushAnswer> {
  const answer = await fetch(is.intakeUrl, {
    method: "POST",
    headers: { "content-type": "application/json", "x-watchbell-key": is.intakeKey },
    body: firedPayload(is.subscriptionId, alertGuid),
  });
  const text = await answer.text();
  const { alertIds = [] } = answer.status === 202 ? (JSON.parse(text) as { alertIds?: string[] }) : {};
  return { status: answer.status, retryAfter: answer.headers.get("retry-after"), alertIds };
}

/** All alerts, page by page. */
export async function listAlerts(is: Pick<StartReport, "portal" | "apiToken">): Promise<ListedAlert[]> {
  const alerts: ListedAlert[] = [];
  let cursor = "";
  do {
    const answer = await fetch(`${is.portal}/api/v1/alerts?limit=200${cursor}`, {
      headers: { authorization: `Bearer ${is.apiToken}` },
    });
    if (!answer.ok) throw new Error(`the list answered ${answer.status}`);
    const page = (await answer.json()) as { alerts: ListedAlert[]; next?: string };
    alerts.push(...page.alerts);
    cursor = page.next === undefined ? "" : `&cursor=${encodeURIComponent(page.next)}`;
  } while (cursor !== "");
  return alerts;
}
