import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readWorkflowFiles } from "../../infra/workflow-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "workflows-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const address = () => pathToFileURL(`${folder}/`);
const DEFINITION = {
  $schema: "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#",
  contentVersion: "1.0.0.0",
  triggers: {},
  actions: {},
};

function put(name: string, files: Record<string, unknown>): void {
  mkdirSync(join(folder, name));
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(join(folder, name, file), typeof content === "string" ? content : JSON.stringify(content));
  }
}

describe("the playbooks' folder", () => {
  it("may be missing or empty", () => {
    expect(readWorkflowFiles(new URL("not-there/", address()))).toEqual([]);
    expect(readWorkflowFiles(address())).toEqual([]);
  });

  it("is read in the order of names, each with its rule where it has one", () => {
    const rule = { displayName: "Tell", order: 1, triggersOn: "Incidents", triggersWhen: "Updated" };
    put("b", { "workflow.json": DEFINITION });
    put("a", { "workflow.json": DEFINITION, "automation-rule.json": rule });
    const read = readWorkflowFiles(address());
    expect(read.map(({ name, automationRule }) => [name, automationRule?.triggersWhen])).toEqual([
      ["a", "Updated"],
      ["b", undefined],
    ]);
  });

  it("stops at a file that is no definition, with its path", () => {
    put("broken", { "workflow.json": "{" });
    expect(() => readWorkflowFiles(address())).toThrow(/read .*broken\/workflow\.json/);
  });

  it("stops at a rule with an unknown word", () => {
    const rule = { displayName: "Tell", order: 1, triggersOn: "Incident", triggersWhen: "Created" };
    put("a", { "workflow.json": DEFINITION, "automation-rule.json": rule });
    expect(() => readWorkflowFiles(address())).toThrow(/automation-rule\.json.*Incidents/s);
  });
});
