import { derivedGuid } from "../alert-ids.ts";
import type { AlertRecord } from "../alert-record.ts";
import { targetOf } from "../alert-record.ts";

/** An event reaches the activity log a few seconds after it happened. */
const SUBMISSION_LAG_MS = 22_000;

/** The activity log writes an offset instead of `Z`. */
const stamp = (at: number) => new Date(at).toISOString().replace("Z", "+00:00");
const times = (alert: AlertRecord) => ({
  eventTimestamp: stamp(alert.firedAt - SUBMISSION_LAG_MS),
  submissionTimestamp: stamp(alert.firedAt),
});
const ids = (alert: AlertRecord) => ({
  correlationId: derivedGuid(alert, "correlation"),
  eventDataId: derivedGuid(alert, "event"),
  operationId: derivedGuid(alert, "operation"),
});

/** Tokens of the caller as Azure quotes them: JSON inside a string. */
const claims = (values: Record<string, string>) => JSON.stringify(values);

/** `alertContext` of somebody's operation on a resource. */
export function administrativeContext(alert: AlertRecord) {
  const action = `${targetOf(alert).type}/restart/action`;
  return {
    authorization: { action, scope: alert.resourceId },
    channels: "Operation",
    claims: claims({ ver: "1.0", appidacr: "2" }),
    caller: "operator@contoso.example",
    ...ids(alert),
    eventSource: "Administrative",
    ...times(alert),
    level: "Informational",
    operationName: action,
    properties: {
      eventCategory: "Administrative",
      entity: alert.resourceId,
      message: action,
      hierarchy: alert.subscriptionId,
    },
    status: "Succeeded",
    subStatus: "",
    "Activity Log Event Description": "",
  };
}

/** `alertContext` of an autoscale action: value and threshold are instance counts. */
export function autoscaleContext(alert: AlertRecord) {
  const [before, after] = [String(alert.measurement.threshold), String(alert.measurement.value)];
  return {
    channels: "Admin, Operation",
    claims: claims({
      "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn": "Microsoft.Insights/autoscaleSettings",
    }),
    caller: "Microsoft.Insights/autoscaleSettings",
    ...ids(alert),
    eventSource: "Autoscale",
    ...times(alert),
    level: "Informational",
    operationName: "Microsoft.Insights/AutoscaleSettings/Scaleup/Action",
    properties: {
      description: `The autoscale engine attempting to scale resource '${alert.resourceId}' from ${before} instances count to ${after} instances count.`,
      resourceName: alert.resourceId,
      oldInstancesCount: before,
      newInstancesCount: after,
      activeAutoscaleProfile: JSON.stringify({
        Name: "Default",
        Capacity: { Minimum: "2", Maximum: "10", Default: "2" },
      }),
      lastScaleActionTime: new Date(alert.firedAt).toUTCString(),
    },
    status: "Succeeded",
  };
}

/** `alertContext` of a security event in the activity log. */
export const securityContext = (alert: AlertRecord) => ({
  channels: "Operation",
  ...ids(alert),
  eventSource: "Security",
  ...times(alert),
  level: "Informational",
  operationName: "Microsoft.Security/locations/alerts/activate/action",
  properties: {
    threatStatus: "Quarantined",
    category: "Virus",
    threatID: "2147519003",
    filePath: "C:\\Temp\\eicar.com",
    protectionType: "Windows Defender",
    actionTaken: "Blocked",
    resourceType: "Virtual Machine",
    severity: "Low",
    compromisedEntity: targetOf(alert).name,
    remediationSteps: JSON.stringify(["No user action is necessary"]),
    attackedResourceType: "Virtual Machine",
  },
  status: "Active",
});

/** `alertContext` of a policy evaluation; members follow the activity log's event schema of that category. */
export const policyContext = (alert: AlertRecord) => ({
  authorization: { action: "Microsoft.Resources/checkPolicyCompliance/read", scope: alert.resourceId },
  channels: "Operation",
  claims: claims({ ver: "1.0" }),
  caller: "Microsoft.Authorization",
  ...ids(alert),
  eventSource: "Policy",
  ...times(alert),
  level: "Warning",
  operationName: "Microsoft.Authorization/policies/audit/action",
  properties: {
    isComplianceCheck: "True",
    resourceLocation: "westeurope",
    ancestors: alert.subscriptionId,
    policies: JSON.stringify([{ policyDefinitionName: alert.rule, policyDefinitionEffect: "Audit" }]),
  },
  status: "Succeeded",
  subStatus: "",
});

/** `alertContext` of an Advisor recommendation. */
export const recommendationContext = (alert: AlertRecord) => ({
  channels: "Operation",
  claims: claims({ "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "Microsoft.Advisor" }),
  caller: "Microsoft.Advisor",
  ...ids(alert),
  eventSource: "Recommendation",
  ...times(alert),
  httpRequest: JSON.stringify({ clientIpAddress: "0.0.0.0" }),
  level: "Informational",
  operationName: "Microsoft.Advisor/recommendations/available/action",
  properties: {
    recommendationSchemaVersion: "1.0",
    recommendationCategory: "Performance",
    recommendationImpact: "Medium",
    recommendationName: alert.description || alert.rule,
    recommendationResourceLink: `https://portal.azure.com/#blade/Microsoft_Azure_Expert/RecommendationListBlade/source/ActivityLog/resourceId/${encodeURIComponent(alert.resourceId)}`,
    recommendationType: derivedGuid(alert, "recommendation"),
  },
  status: "Active",
  subStatus: "",
});

/** `alertContext` of a resource's health. */
export const resourceHealthContext = (alert: AlertRecord) => ({
  channels: "Admin, Operation",
  ...ids(alert),
  eventSource: "ResourceHealth",
  ...times(alert),
  level: "Critical",
  operationName: "Microsoft.Resourcehealth/healthevent/Activated/action",
  properties: {
    title: alert.description || "This resource is unavailable",
    details: null,
    currentHealthStatus: alert.resolvedAt === null ? "Unavailable" : "Available",
    previousHealthStatus: alert.resolvedAt === null ? "Available" : "Unavailable",
    type: "Downtime",
    cause: "PlatformInitiated",
  },
  status: alert.resolvedAt === null ? "Active" : "Resolved",
});
