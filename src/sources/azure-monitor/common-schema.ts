import { z } from "zod";
import type { FactGroup, SourceEvent } from "../../alert/event.ts";
import { DESCRIPTION_CHARS_MAX, firstLine, titleText, visibleText } from "../../alert/text.ts";
import { nativeIdOf, parseAlertId, ruleName } from "./alert-id.ts";
import { contextGroups } from "./context-groups.ts";
import { factGroup, factsOf, GROUPS_MAX } from "./facts.ts";
import { instantOf, type Members, membersOf, resourceIdsOf } from "./payload-values.ts";
import { type SeverityMap, severityOf, severityWord } from "./severity.ts";

/**
 * The common alert schema (Microsoft Learn, "Common alert schema"). Tolerant: only the alert's id must be there; unknown
 * members pass, and a member of another type than published counts as absent, never as a reason to lose the alert.
 */

export const COMMON_SCHEMA_ID = "azureMonitorCommonAlertSchema";

/** Text as published, null when absent, empty or of another type. */
const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => (value?.trim() ? value : null));
const list = z.array(z.unknown()).nullish().catch(null);

const essentialsSchema = z.looseObject({
  alertId: z.string().trim().min(1),
  alertRule: text,
  severity: z.union([z.string(), z.number()]).nullish().catch(null),
  signalType: text,
  monitorCondition: text,
  monitoringService: text,
  alertTargetIDs: list,
  configurationItems: list,
  originAlertId: text,
  firedDateTime: text,
  resolvedDateTime: text,
  description: text,
});

const commonSchema = z.looseObject({
  data: z.looseObject({
    essentials: essentialsSchema,
    alertContext: z.unknown().optional(),
    customProperties: z.unknown().optional(),
  }),
});

type Essentials = z.output<typeof essentialsSchema>;

const SERVICE_CHARS_MAX = 100;
const ALERT_ID_CHARS_MAX = 2_048;

export interface ReadOptions {
  via: SourceEvent["via"];
  severityMap: SeverityMap;
}

/** The event of a body whose `schemaId` is the common one; `unreadable` says what is missing. */
export function commonEvent(body: unknown, options: ReadOptions): SourceEvent | { unreadable: string } {
  const parsed = commonSchema.safeParse(body);
  if (!parsed.success) return { unreadable: unreadableReason(parsed.error) };
  const { essentials, alertContext, customProperties } = parsed.data.data;
  const resolved = isResolved(essentials.monitorCondition);
  const word = severityWord(essentials.severity ?? null);
  const rule = ruleName(essentials.alertRule);
  let facts: FactGroup[] | undefined;
  return {
    sourceKind: "azure-monitor",
    via: options.via,
    nativeId: nativeIdOf(essentials.alertId),
    alertId: visibleText(essentials.alertId, ALERT_ID_CHARS_MAX),
    rule,
    title: titleOf(rule, essentials.description, essentials.monitoringService),
    description: descriptionOf(essentials.description),
    severity: severityOf(word, options.severityMap),
    sourceSeverity: word,
    resourceIds: resourceIdsOf(essentials.alertTargetIDs ?? []),
    condition: resolved ? "resolved" : "fired",
    firedAt: instantOf(essentials.firedDateTime),
    resolvedAt: resolved ? instantOf(essentials.resolvedDateTime) : null,
    signalType: shortText(essentials.signalType),
    monitoringService: shortText(essentials.monitoringService),
    schema: "common",
    sourceState: null,
    suppressed: false,
    modifiedAt: null,
    modifiedBy: null,
    // Worked out when somebody looks: the intake never does, and it would be a tenth of its time.
    get facts() {
      facts ??= readFacts(essentials, membersOf(alertContext), membersOf(customProperties));
      return facts;
    },
    advice: parseAlertId(essentials.alertId) ? [] : [ADVICE_FOREIGN_ID],
    payload: body,
  };
}

const ADVICE_FOREIGN_ID =
  "This alert's id is not the id of an alert instance in Azure: its state can be neither read nor written there.";

/**
 * Only these words mean that it is over. Every other one, and none at all, counts as fired: a word that Azure adds one
 * day must not silence an alert.
 */
export function isResolved(word: string | null): boolean {
  return word !== null && /^(resolved|deactivated|ok)$/i.test(word.trim());
}

/** Rule, else the description's first line, else the service: what people call the alert. */
export function titleOf(rule: string | null, description: string | null, service: string | null): string {
  const line = description === null ? null : firstLine(description);
  return titleText(rule ?? line ?? `${service ?? "Azure Monitor"} alert`) || "Azure Monitor alert";
}

export function descriptionOf(description: string | null): string | null {
  return description === null ? null : visibleText(description.trim(), DESCRIPTION_CHARS_MAX, { lines: true });
}

/** A word of Azure's for display, bounded. */
export function shortText(value: string | null): string | null {
  return value === null ? null : visibleText(value.trim(), SERVICE_CHARS_MAX);
}

/** Essentials that have no place of their own in an event, unknown ones among them. */
const PLACED: ReadonlySet<string> = new Set([
  "alertId",
  "alertRule",
  "severity",
  "signalType",
  "monitorCondition",
  "monitoringService",
  "alertTargetIDs",
  "firedDateTime",
  "resolvedDateTime",
  "description",
  "essentialsVersion",
  "alertContextVersion",
]);

function readFacts(essentials: Essentials, context: Members | null, customProperties: Members | null): FactGroup[] {
  const groups = [...contextGroups(context, customProperties), factGroup("Azure Monitor", factsOf(essentials, PLACED))];
  return groups.filter((group) => group !== null).slice(0, GROUPS_MAX);
}

function unreadableReason(error: z.ZodError): string {
  const paths = error.issues.slice(0, 5).map((issue) => issue.path.join("."));
  return `common alert schema without a usable ${paths.join(", ") || "body"}`;
}
