import { createHash } from "node:crypto";
import type { AlertRecord } from "./alert-record.ts";
import { targetOf } from "./alert-record.ts";
import { signalOf } from "./signal.ts";

const ALERTS = "providers/Microsoft.AlertsManagement/alerts";

/** The id as a payload carries it: on the subscription. Cost alerts belong to Cost Management. */
export function pushedAlertId(alert: AlertRecord): string {
  const provider = alert.kind === "cost-budget" ? "providers/Microsoft.CostManagement/alerts" : ALERTS;
  return `/subscriptions/${alert.subscriptionId}/${provider}/${alert.guid}`;
}

/** The id as AlertsManagement lists it: below the resource that the alert is about. */
export const resourceAlertId = (alert: AlertRecord) =>
  `${alert.resourceId.replace(/\/+$/, "")}/${ALERTS}/${alert.guid}`;

/** Alert's GUID out of a bare GUID or any of its full ids; undefined when the text is neither. */
export function guidOf(text: string): string | undefined {
  const guid = /(?:^|\/alerts\/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(text)?.[1];
  return guid?.toLowerCase();
}

/**
 * What `essentials.alertRule` of AlertsManagement says: the rule's ARM id, or its bare name when the name has characters
 * that no ARM name may have ("Depending on the monitor service, this would be ARM id or name of the rule").
 */
export function ruleIdOf(alert: AlertRecord): string {
  if (/[/\\%#?&<>*:+]/.test(alert.rule)) return alert.rule;
  const { subscriptionId, group } = targetOf(alert);
  const scope =
    group === "" ? `/subscriptions/${subscriptionId}` : `/subscriptions/${subscriptionId}/resourceGroups/${group}`;
  return `${scope}/providers/${signalOf(alert.kind).ruleType}/${alert.rule}`;
}

/** A GUID that is always the same for the same alert and purpose (correlation ids and the like). */
export function derivedGuid(alert: AlertRecord, purpose: string): string {
  const hex = createHash("sha256").update(`${alert.guid} ${purpose}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

/** The smart group of an alert: alerts of one rule on one resource belong together. */
export const smartGroupOf = (alert: AlertRecord) =>
  derivedGuid({ ...alert, guid: `${alert.rule}|${alert.resourceId}`.toLowerCase() }, "smart group");
