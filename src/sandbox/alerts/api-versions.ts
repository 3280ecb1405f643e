import { invalidApiVersion, missingApiVersion } from "../arm-errors.ts";
import type { SandboxResponse } from "../world.ts";

/**
 * Published versions of Microsoft.AlertsManagement's alert operations, oldest first (azure-rest-api-specs and the
 * packages made from it). ARM registers the alert types as extensions for each of them, so a version is accepted in
 * every route form: the early ones publish `/subscriptions/{s}/…` only, which is a scope like any other.
 */
export const ALERT_API_VERSIONS = [
  "2018-05-05-preview",
  "2018-05-05",
  "2018-11-02-privatepreview",
  "2019-03-01-preview",
  "2019-03-01",
  "2019-05-05-preview",
  "2023-07-12-preview",
  "2024-01-01-preview",
  "2025-05-25-preview",
] as const;

/** Versions that publish `/subscriptions/{s}/…` routes only; their answers name an alert on its subscription. */
const SUBSCRIPTION_ROUTED: ReadonlySet<string> = new Set([
  "2018-05-05-preview",
  "2018-05-05",
  "2018-11-02-privatepreview",
  "2019-05-05-preview",
]);
/** The first year whose state change takes a comment. */
const COMMENTS_SINCE = "2023";

export interface ApiVersion {
  name: string;
  /** List answers carry subscription-level ids. */
  subscriptionIds: boolean;
  /** The state change reads its body. */
  takesComments: boolean;
}

/** The version asked for, in any letter case, or ARM's refusal. */
export function readApiVersion(query: URLSearchParams): ApiVersion | { refusal: SandboxResponse } {
  const asked = query.get("api-version");
  if (asked === null || asked === "") return { refusal: missingApiVersion() };
  const name = ALERT_API_VERSIONS.find((version) => version === asked.toLowerCase());
  if (name === undefined) return { refusal: invalidApiVersion(asked, ALERT_API_VERSIONS) };
  return { name, subscriptionIds: SUBSCRIPTION_ROUTED.has(name), takesComments: name >= COMMENTS_SINCE };
}
