import { z } from "zod";
import type { SourceEvent, SourceState } from "../../alert/event.ts";
import { visibleText } from "../../alert/text.ts";
import { nativeIdOf, ruleName } from "./alert-id.ts";
import { descriptionOf, isResolved, shortText, titleOf } from "./common-schema.ts";
import { contextGroups } from "./context-groups.ts";
import { instantOf, membersOf, resourceIdsOf, textOf } from "./payload-values.ts";
import { type SeverityMap, severityOf, severityWord } from "./severity.ts";

/**
 * An alert as the alerts management API answers it (model `Alert`), as an event. Every enumeration of that API is
 * extensible and every member optional: only the id must be there.
 */

const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => (value?.trim() ? value : null));

const alertSchema = z.looseObject({
  id: z.string().trim().min(1),
  name: text,
  properties: z.looseObject({
    essentials: z.looseObject({
      severity: text,
      signalType: text,
      alertState: text,
      monitorCondition: text,
      targetResource: text,
      monitorService: text,
      alertRule: text,
      startDateTime: text,
      lastModifiedDateTime: text,
      monitorConditionResolvedDateTime: text,
      lastModifiedUserName: text,
      description: text,
      actionStatus: z.unknown().optional(),
    }),
    context: z.unknown().optional(),
    customProperties: z.unknown().optional(),
  }),
});

const STATES: readonly SourceState[] = ["New", "Acknowledged", "Closed"];
const USER_CHARS_MAX = 200;

/** The event of one item of a list or of a single read; a `problem` names what is missing. Never throws. */
export function readEvent(item: unknown, severityMap: SeverityMap): SourceEvent | { problem: string } {
  const parsed = alertSchema.safeParse(item);
  if (!parsed.success) return { problem: problemText(item, parsed.error) };
  const { id, name, properties } = parsed.data;
  const { essentials } = properties;
  const resolved = isResolved(essentials.monitorCondition);
  const word = severityWord(essentials.severity);
  const rule = ruleOf(essentials.alertRule, name);
  return {
    sourceKind: "azure-monitor",
    via: "poll",
    nativeId: nativeIdOf(id),
    alertId: visibleText(id, 2_048),
    rule,
    title: titleOf(rule, essentials.description, essentials.monitorService),
    description: descriptionOf(essentials.description),
    severity: severityOf(word, severityMap),
    sourceSeverity: word,
    resourceIds: resourceIdsOf([essentials.targetResource]),
    condition: resolved ? "resolved" : "fired",
    firedAt: instantOf(essentials.startDateTime),
    // Azure's own example has a resolved time beside `Fired`: it means something only with the condition.
    resolvedAt: resolved ? instantOf(essentials.monitorConditionResolvedDateTime) : null,
    signalType: shortText(essentials.signalType),
    monitoringService: shortText(essentials.monitorService),
    schema: "read",
    sourceState: stateOf(essentials.alertState),
    suppressed: membersOf(essentials.actionStatus)?.["isSuppressed"] === true,
    modifiedAt: instantOf(essentials.lastModifiedDateTime),
    modifiedBy: essentials.lastModifiedUserName && visibleText(essentials.lastModifiedUserName, USER_CHARS_MAX),
    facts: contextGroups(membersOf(properties.context), membersOf(properties.customProperties)),
    advice: [],
    payload: item,
  };
}

/** Old log alerts name a portal address instead of the rule; the alert's own name is what a push calls the rule. */
function ruleOf(alertRule: string | null, name: string | null): string | null {
  return ruleName(alertRule === null || /^https?:/i.test(alertRule) ? name : alertRule);
}

function stateOf(word: string | null): SourceState | null {
  return STATES.find((state) => state.toLowerCase() === word?.trim().toLowerCase()) ?? null;
}

function problemText(item: unknown, error: z.ZodError): string {
  const id = textOf(membersOf(item), "id");
  const paths = error.issues.slice(0, 5).map((issue) => issue.path.join(".") || "the item itself");
  return `${id === null ? "an alert" : visibleText(id, 300)}: no usable ${paths.join(", ")}`;
}
