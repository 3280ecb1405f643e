import type { FactGroup } from "../../alert/event.ts";
import { FACTS_MAX, type Fact, fact, factGroup, factsOf, GROUPS_MAX, readableName } from "./facts.ts";
import { type Members, membersOf, textOf } from "./payload-values.ts";

/**
 * An alert's context as groups of facts: criteria of metric and log alerts, log searches, activity log, health, budgets.
 * Members we do not know become facts generically, so that a new signal type is readable on the day it appears. Query
 * text is shown as text and never run (threats K1); links are text too and never fetched (I3).
 */

/** Long or for machines only: tokens' claims, result tables (told apart below), links to APIs, repeated HTML. */
const NOT_FOR_PEOPLE: ReadonlySet<string> = new Set([
  "claims",
  "httpRequest",
  "SearchResults",
  "SearchResult",
  "LinkToSearchResultsAPI",
  "LinkToFilteredSearchResultsAPI",
  "linkToSearchResultsAPI",
  "linkToFilteredSearchResultsAPI",
  "impactedServices",
  "impactedServicesTableRows",
  "defaultLanguageTitle",
  "defaultLanguageContent",
  "activeAutoscaleProfile",
  "hierarchy",
]);
const ROWS_MAX = 5;
const COLUMNS_MAX = 12;
/** `impactedServices` comes as JSON text in some payloads; a longer one is not worth reading on the hot path. */
const JSON_TEXT_CHARS_MAX = 32_768;

/** Groups of the context (`alertContext`, or the corresponding part of other payloads), at most 20. */
export function contextGroups(context: Members | null, customProperties: Members | null = null): FactGroup[] {
  const groups = context ? groupsOf(context) : [];
  if (customProperties) groups.push(factGroup("Custom properties", factsOf(customProperties)));
  return groups.filter((group) => group !== null).slice(0, GROUPS_MAX);
}

function groupsOf(context: Members): (FactGroup | null)[] {
  const scalars: Members = {};
  const nested: (FactGroup | null)[] = [];
  for (const name of Object.keys(context)) {
    const value = context[name];
    if (NOT_FOR_PEOPLE.has(name)) continue;
    const members = membersOf(value);
    if (name === "condition" && members) nested.push(...conditionGroups(members));
    else if (members) nested.push(factGroup(nestedTitle(name, members), nestedFacts(members)));
    else scalars[name] = value;
  }
  const own = factGroup(titleOf(context), factsOf(scalars));
  const results = resultGroup(membersOf(context["SearchResults"]) ?? membersOf(context["SearchResult"]));
  // Criteria say why it fired and come first; of an activity or a search the own members do.
  return "condition" in context ? [...nested, own, results] : [own, results, ...nested];
}

function titleOf(context: Members): string {
  if (textOf(context, "SearchQuery")) return "Log search";
  if ("operationName" in context) return "Activity";
  if ("AlertCategory" in context) return "Cost alert";
  return "Alert context";
}

function nestedTitle(name: string, members: Members): string {
  if (name === "AlertData" && "BudgetName" in members) return "Budget";
  if (name !== "properties") return readableName(name);
  if ("trackingId" in members && "incidentType" in members) return "Service health";
  if ("currentHealthStatus" in members) return "Resource health";
  return "Properties";
}

function nestedFacts(members: Members): Fact[] {
  return [...factsOf(members, NOT_FOR_PEOPLE), ...impactedServices(members["impactedServices"])].slice(0, FACTS_MAX);
}

/** `condition` of metric and log (version 2) alerts: the window, then a group for each criterion. */
function conditionGroups(condition: Members): (FactGroup | null)[] {
  const criteria = Array.isArray(condition["allOf"]) ? condition["allOf"].slice(0, GROUPS_MAX) : [];
  const window = factGroup("Evaluation", factsOf(condition, new Set(["allOf"])));
  return [...criteria.map(criterionGroup), window];
}

/** What was measured against what, in the order people ask. */
function criterionGroup(criterion: unknown): FactGroup | null {
  const members = membersOf(criterion);
  if (!members) return factGroup("Criterion", fact("Criterion", criterion));
  const metric = textOf(members, "metricName");
  const first = ["metricValue", "operator", "threshold", "timeAggregation", "searchQuery"];
  const facts = [
    ...first.flatMap((name) => fact(FIRST_NAMES[name] ?? readableName(name), members[name])),
    ...factsOf(members, new Set([...first, "metricName", ...NOT_FOR_PEOPLE])),
  ];
  return factGroup(metric ? `Metric: ${metric}` : members["searchQuery"] ? "Log query" : "Criterion", facts);
}

const FIRST_NAMES: Record<string, string> = {
  metricValue: "Value",
  timeAggregation: "Aggregation",
  searchQuery: "Query",
};

/** The first rows of a log search, a fact a row. Untrusted text: it never reaches SMS, voice or lock screens (K6). */
function resultGroup(results: Members | null): FactGroup | null {
  const table = membersOf(Array.isArray(results?.["tables"]) ? results["tables"][0] : null);
  const columns = Array.isArray(table?.["columns"]) ? table["columns"].slice(0, COLUMNS_MAX) : [];
  const rows = Array.isArray(table?.["rows"]) ? table["rows"].slice(0, ROWS_MAX) : [];
  const names = columns.map((column) => textOf(membersOf(column), "name") ?? "?");
  const facts = rows.flatMap((row: unknown, index) =>
    Array.isArray(row)
      ? fact(`Row ${index + 1}`, names.map((name, at) => `${name}: ${cellText(row[at])}`).join("; "))
      : [],
  );
  return factGroup("Search results", facts);
}

function cellText(cell: unknown): string {
  return typeof cell === "object" && cell !== null ? "…" : String(cell ?? "").slice(0, 200);
}

/** Service health: services and their regions, sent as a list or as the JSON text of one. */
function impactedServices(value: unknown): Fact[] {
  const services = typeof value === "string" ? parseList(value) : value;
  if (!Array.isArray(services)) return fact("Impacted services", value);
  return services.slice(0, 20).flatMap((service) => {
    const members = membersOf(service);
    const regions = Array.isArray(members?.["ImpactedRegions"]) ? members["ImpactedRegions"].slice(0, 50) : [];
    const names = regions.flatMap((region) => textOf(membersOf(region), "RegionName") ?? []);
    return fact(`Impacted: ${textOf(members, "ServiceName") ?? "service"}`, names.join(", ") || "regions unknown");
  });
}

function parseList(text: string): unknown {
  if (text.length > JSON_TEXT_CHARS_MAX) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
