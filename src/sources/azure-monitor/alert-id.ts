import { createHash } from "node:crypto";
import { visibleText } from "../../alert/text.ts";

/**
 * Identity of Azure Monitor's alerts. An id is parsed to its parts by one anchored pattern, and every address we call is
 * rebuilt from the parts (threats I3): the text itself never becomes part of a URL.
 */

/** The parts of a callable alert id, both GUIDs in lower case; `id` is the text as Azure spelled it, for display. */
export interface AlertIdParts {
  subscriptionId: string;
  guid: string;
  id: string;
}

const ID_CHARS_MAX = 2_048;
const NAME_CHARS_MAX = 260;
const GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/** Between subscription and provider: none, a resource group or a resource. No empty or dot segment, no escape. */
const SCOPE = "((?:/(?!\\.{1,2}/)[^/?#%\\\\\\p{Cc}\\p{Zl}\\p{Zp}]+)*)";
const ALERT_ID = new RegExp(
  `^/subscriptions/(${GUID})${SCOPE}/providers/Microsoft\\.AlertsManagement/alerts/(${GUID})$`,
  "iu",
);
/** Any ARM id that ends in a resource's name. */
const RESOURCE_ID = /^\/(?:subscriptions|providers)\/(?:[^/]+\/)+([^/]+)$/i;

/** The parts, or null for everything that is not the id of an alert instance below a subscription. */
export function parseAlertId(text: string): AlertIdParts | null {
  if (text.length > ID_CHARS_MAX) return null;
  const match = ALERT_ID.exec(text);
  if (!match) return null;
  return { subscriptionId: match[1]!.toLowerCase(), guid: match[3]!.toLowerCase(), id: text };
}

/**
 * The identity a push, a list and a re-read of one alert share: the GUID; for an id of any other form the text itself,
 * as ARM ignores case in lower case, hashed when it is too long to keep. Such alerts are notified but never called for.
 */
export function nativeIdOf(alertId: string): string {
  const parts = parseAlertId(alertId);
  if (parts) return parts.guid;
  const text = alertId.trim().toLowerCase();
  return text.length <= ID_CHARS_MAX ? text : `sha256:${digestOf(text)}`;
}

/** An identity made of a payload's own facts, for payloads that carry no id. */
export function derivedNativeId(kind: string, ...facts: (string | number | null)[]): string {
  return `${kind}:${digestOf(JSON.stringify(facts.map((fact) => (typeof fact === "string" ? fact.toLowerCase() : fact))))}`;
}

/** Name of a rule: the last segment of an ARM id, else the text; null when there is nothing to show. */
export function ruleName(rule: string | null): string | null {
  if (rule === null) return null;
  const name = RESOURCE_ID.exec(rule.slice(0, ID_CHARS_MAX).trim())?.[1] ?? rule;
  return visibleText(name.trim(), NAME_CHARS_MAX) || null;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const INSTANCE_ID = new RegExp(`^${GUID}$`);

/** Is this identity Azure's own id of one firing (a GUID)? Others may come again for another firing. */
export function isInstanceId(nativeId: string): boolean {
  return INSTANCE_ID.test(nativeId);
}
