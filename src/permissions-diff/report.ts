import { visibleText } from "../alert/text.ts";
import { differenceOf, type RightsDifference } from "./difference.ts";
import { isBroad, type Names, namesIn, withNames } from "./names.ts";
import { type Change, logicalNameOf, type Preview, typeWithoutVersion } from "./preview.ts";
import type { Right } from "./right.ts";

/**
 * The difference as Markdown for a comment, or as JSON. All texts come from the change under review, so whoever proposes
 * it chose them: hidden characters become marks, and in Markdown they stand in code spans that they cannot leave, where
 * neither markup nor `@name` has an effect (threats C9).
 */

const TEXT_CHARS_MAX = 500;
/** A comment on GitHub holds 65,536 characters. */
const LINES_MAX = 100;

interface ReportedRight {
  who: string;
  may: string;
  where: string;
  /** A wildcard, a role that may nearly everything, or a door open to everybody. */
  broad: boolean;
}
type ReportedDifference = Record<keyof RightsDifference, ReportedRight[]>;

export interface PermissionsReport {
  /** What the deployment would change. */
  permissions: ReportedDifference;
  /** What was changed past the program and would be seen by a refresh. */
  drift: ReportedDifference;
  otherChanges: { operation: string; type: string; name: string }[];
  /** False when the preview ended with errors: what follows them is missing. */
  complete: boolean;
}

export function toReport(preview: Preview): PermissionsReport {
  const names = namesIn(preview);
  return {
    permissions: reported(differenceOf(preview.planned), names),
    drift: reported(differenceOf(preview.drifted), names),
    otherChanges: preview.planned.map(otherChange),
    complete: preview.errors.length === 0,
  };
}

function reported(difference: RightsDifference, names: Names): ReportedDifference {
  const each = (right: Right): ReportedRight => ({
    who: clean(withNames(right.who, names)),
    may: clean(withNames(right.may, names)),
    where: clean(withNames(right.where, names)),
    broad: isBroad(right),
  });
  return {
    granted: difference.granted.map(each),
    revoked: difference.revoked.map(each),
    unreadable: difference.unreadable.map(each),
  };
}

const otherChange = ({ urn, operation, before, after }: Change) => ({
  operation: clean(operation),
  type: clean(typeWithoutVersion((after ?? before)?.type ?? "")),
  name: clean(logicalNameOf(urn)),
});

const clean = (text: string) => visibleText(text, TEXT_CHARS_MAX).trim();

/** True when somebody may more or less than before, or when that cannot be said. */
export function changesPermissions({ permissions }: PermissionsReport): boolean {
  return Object.values(permissions).some((rights) => rights.length > 0);
}

export function toMarkdown(report: PermissionsReport): string {
  const { permissions, drift, otherChanges } = report;
  const blocks = [
    "## Permissions",
    report.complete ? "" : "**The preview ended with errors: this list is not complete.**",
    summaryOf(report),
    ...sections("###", permissions),
    ...(isEmpty(drift) ? [] : ["## Changed in Azure, past this program", ...sections("###", drift)]),
    "## All changes",
    otherChanges.length === 0 ? "None." : list(otherChanges.map(lineOfChange)),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

const isEmpty = (difference: ReportedDifference) => Object.values(difference).every((rights) => rights.length === 0);

function summaryOf({ permissions, complete }: PermissionsReport): string {
  if (isEmpty(permissions)) return complete ? "Nobody may more or less than before." : "";
  const { granted, revoked, unreadable } = permissions;
  const broad = granted.filter((right) => right.broad).length;
  return [
    `Grants ${granted.length}${broad > 0 ? ` (**${broad} broad**)` : ""}, revokes ${revoked.length}`,
    ...(unreadable.length > 0 ? [`cannot read ${unreadable.length}`] : []),
  ]
    .join(", ")
    .concat(".");
}

const TITLES: Readonly<Record<keyof RightsDifference, string>> = {
  granted: "Granted",
  unreadable: "Cannot be read before the deployment",
  revoked: "Revoked",
};

function sections(heading: string, difference: ReportedDifference): string[] {
  const kinds = Object.keys(TITLES) as (keyof RightsDifference)[];
  return kinds
    .filter((kind) => difference[kind].length > 0)
    .flatMap((kind) => [`${heading} ${TITLES[kind]}`, list(difference[kind].map(lineOfRight))]);
}

const lineOfRight = ({ who, may, where, broad }: ReportedRight) =>
  `- ${broad ? "**broad** " : ""}${code(who)} may ${code(may)} on ${code(where)}`;
const lineOfChange = ({ operation, type, name }: PermissionsReport["otherChanges"][number]) =>
  `- ${code(operation)} ${code(type)} ${code(name)}`;

function list(lines: readonly string[]): string {
  const more = lines.length - LINES_MAX;
  const shown = lines.slice(0, LINES_MAX);
  return [...shown, ...(more > 0 ? [`- and ${more} more: see the preview, or \`--json\``] : [])].join("\n");
}

/** Between `@` and a name, so that nobody is called where a viewer does not know code spans. */
const WORD_JOINER = "\u2060";

/** A code span whose fence is longer than any run of backticks inside; the text has no line breaks. */
function code(text: string): string {
  const quiet = text.replaceAll("@", `@${WORD_JOINER}`);
  const runs = quiet.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const space = runs.length > 0 || quiet === "" ? " " : "";
  return `${fence}${space}${quiet}${space}${fence}`;
}
