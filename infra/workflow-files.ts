import { existsSync, readdirSync, readFileSync } from "node:fs";
import { z } from "zod";

/**
 * The playbooks of the repository: `workflows/<name>/workflow.json` is a workflow definition, and beside it
 * `automation-rule.json` says when Sentinel runs it. In: the folder. Out: what to deploy, sorted by name. Throws for a
 * file that is none, with its path.
 */

const definitionSchema = z.looseObject({
  $schema: z.string().includes("Microsoft.Logic"),
  contentVersion: z.string(),
  parameters: z
    .record(z.string(), z.looseObject({ type: z.string(), defaultValue: z.unknown().optional() }))
    .default({}),
  triggers: z.record(z.string(), z.unknown()),
  actions: z.record(z.string(), z.unknown()),
});

const automationRuleSchema = z.strictObject({
  displayName: z.string().min(1).max(120),
  /** Sentinel runs rules one after the other, by this. */
  order: z.int().min(1).max(1_000),
  triggersOn: z.enum(["Incidents", "Alerts"]),
  triggersWhen: z.enum(["Created", "Updated"]),
  /** As in Sentinel's interface (`conditions` of `triggeringLogic`). */
  conditions: z
    .array(z.looseObject({ conditionType: z.string() }))
    .max(50)
    .default([]),
});

export type WorkflowDefinition = z.output<typeof definitionSchema>;
export type AutomationRuleFile = z.output<typeof automationRuleSchema>;

export interface WorkflowFile {
  readonly name: string;
  readonly definition: WorkflowDefinition;
  readonly automationRule?: AutomationRuleFile;
}

/** `folder` ends with a slash. A folder without any is no mistake. */
export function readWorkflowFiles(folder: URL): WorkflowFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => existsSync(new URL(`${name}/workflow.json`, folder)))
    .sort()
    .map((name) => readWorkflowFile(name, new URL(`${name}/`, folder)));
}

function readWorkflowFile(name: string, folder: URL): WorkflowFile {
  const definition = readJson(new URL("workflow.json", folder), definitionSchema);
  const ruleFile = new URL("automation-rule.json", folder);
  if (!existsSync(ruleFile)) return { name, definition };
  return { name, definition, automationRule: readJson(ruleFile, automationRuleSchema) };
}

function readJson<T extends z.ZodType>(file: URL, schema: T): z.output<T> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Error(`read ${file.pathname}`, { cause });
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new Error(`read ${file.pathname}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
