import { readFileSync, writeFileSync } from "node:fs";
import { INFRA_SETTING_DEFINITIONS, type InfraSettingName, type Profile } from "./settings.ts";

/**
 * Writes the table of settings into docs/deploy.md from their definitions: `node infra/documentation.ts`. A test compares,
 * so a setting cannot change without its line.
 */

const PAGE = new URL("../docs/deploy.md", import.meta.url);
const BEGIN = "<!-- settings: written by infra/documentation.ts -->";
const END = "<!-- end of settings -->";

/** One line a setting: name, default, profiles, meaning. */
export function settingsTable(): string {
  const names = Object.keys(INFRA_SETTING_DEFINITIONS) as InfraSettingName[];
  return ["| setting | default | profiles | meaning |", "| --- | --- | --- | --- |", ...names.map(row)].join("\n");
}

function row(name: InfraSettingName): string {
  const definition: { fallback?: unknown; optional?: true; profiles?: readonly Profile[]; doc: string } =
    INFRA_SETTING_DEFINITIONS[name];
  const { fallback, profiles, doc } = definition;
  const shown = typeof fallback === "string" && fallback !== "" ? `\`${fallback}\`` : "–";
  return `| \`${name}\` | ${shown} | ${profiles?.join(", ") ?? "all"} | ${doc.replaceAll("|", "\\|")} |`;
}

/** The page with the table between its marks. Throws when the marks are not there. */
export function withSettingsTable(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/deploy.md needs ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${settingsTable()}\n\n${page.slice(end)}`;
}

if (import.meta.main) writeFileSync(PAGE, withSettingsTable(readFileSync(PAGE, "utf8")));
