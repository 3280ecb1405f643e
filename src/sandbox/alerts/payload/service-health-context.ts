import { derivedGuid } from "../alert-ids.ts";
import type { AlertRecord } from "../alert-record.ts";

const REGION = "West Europe";
const SUBMISSION_LAG_MS = 12_000;

/**
 * `alertContext` of an incident of Azure itself. Channel, source and level are numbers here, unlike in the other
 * activity log alerts: so the published samples have it.
 */
export function serviceHealthContext(alert: AlertRecord) {
  const service = alert.measurement.metricName;
  const title = alert.description || `${service} - degraded performance in ${REGION}`;
  const status = alert.resolvedAt === null ? "Active" : "Resolved";
  return {
    authorization: null,
    channels: 1,
    claims: null,
    caller: null,
    correlationId: derivedGuid(alert, "correlation"),
    eventSource: 2,
    eventTimestamp: new Date(alert.firedAt - SUBMISSION_LAG_MS).toISOString(),
    httpRequest: null,
    eventDataId: derivedGuid(alert, "event"),
    level: 3,
    operationName: "Microsoft.ServiceHealth/incident/action",
    operationId: derivedGuid(alert, "operation"),
    properties: {
      title,
      service,
      region: REGION,
      communication: `<p>${service} customers in ${REGION} may see errors. Next update within 60 minutes.</p>`,
      incidentType: "Incident",
      trackingId: derivedGuid(alert, "tracking").slice(0, 8).toUpperCase(),
      impactStartTime: new Date(alert.firedAt).toISOString(),
      impactMitigationTime: new Date(alert.resolvedAt ?? alert.firedAt).toISOString(),
      impactedServices: JSON.stringify([{ ImpactedRegions: [{ RegionName: REGION }], ServiceName: service }]),
      impactedServicesTableRows: `<tr><td>${service}</td><td>${REGION}</td></tr>`,
      defaultLanguageTitle: title,
      defaultLanguageContent: `<p>${service} customers in ${REGION} may see errors.</p>`,
      stage: status,
      communicationId: derivedGuid(alert, "communication").replaceAll("-", "").slice(0, 14),
      isHIR: "false",
      IsSynthetic: "False",
      impactType: "SubscriptionList",
      version: "0.1.1",
    },
    status,
    subStatus: null,
    submissionTimestamp: new Date(alert.firedAt).toISOString(),
    ResourceType: null,
  };
}
