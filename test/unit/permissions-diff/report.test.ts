import { describe, expect, it } from "vitest";
import { EXIT_CODES, permissionsDiff } from "../../../src/permissions-diff/permissions-diff.ts";
import { PREVIEW_BYTES_MAX } from "../../../src/permissions-diff/preview.ts";
import type { PermissionsReport } from "../../../src/permissions-diff/report.ts";
import {
  assignment,
  definition,
  OWNER_ROLE,
  PRINCIPAL,
  previewText,
  ROLE_ASSIGNMENT,
  ROLE_DEFINITION,
  roleId,
  type Step,
} from "./preview-text.ts";

const markdownOf = (...steps: Step[]) => permissionsDiff(previewText(steps), {}).output;

describe("the comment", () => {
  it("puts permissions before all other changes", () => {
    const text = markdownOf(
      { type: "azure-native:resources:ResourceGroup", name: "group", old: {}, new: { tags: {} } },
      { type: ROLE_ASSIGNMENT, name: "reader", new: assignment() },
    );
    expect(text).toMatch(/^## Permissions\n\nGrants 1, revokes 0\.\n\n### Granted\n\n- /);
    expect(text.indexOf("### Granted")).toBeLessThan(text.indexOf("## All changes"));
    expect(text).toContain("- `update` `azure-native:resources:ResourceGroup` `group`");
  });

  it("says plainly when nobody may more or less", () => {
    const text = markdownOf({ type: "azure-native:resources:ResourceGroup", old: {}, new: { tags: {} } });
    expect(text).toContain("Nobody may more or less than before.");
  });

  it("gives ids the names that are known, and marks what is broad", () => {
    const text = markdownOf(
      { type: ROLE_ASSIGNMENT, name: "everything", new: assignment({ roleDefinitionId: roleId(OWNER_ROLE) }) },
      {
        type: "azuread:index/servicePrincipal:ServicePrincipal",
        name: "daemon",
        old: { appRoleAssignmentRequired: true },
        new: { appRoleAssignmentRequired: true, tags: [] },
        outputs: { objectId: PRINCIPAL },
      },
    );
    expect(text).toContain(`- **broad** \`daemon (${PRINCIPAL})\` may \`role Owner (${OWNER_ROLE})\``);
    expect(text).toContain("Grants 1 (**1 broad**)");
  });

  it("lets no name of the change rename a role that everybody knows", () => {
    const text = markdownOf(
      { type: ROLE_DEFINITION, new: { ...definition(["A/read"]), roleDefinitionId: OWNER_ROLE, roleName: "Reader" } },
      { type: ROLE_ASSIGNMENT, name: "everything", new: assignment({ roleDefinitionId: roleId(OWNER_ROLE) }) },
    );
    expect(text).toContain(`role Owner (${OWNER_ROLE})`);
  });

  it("keeps hostile text inside its code span and calls nobody (threats C9)", () => {
    const hostile = "`]()** @octocat\n## Approved\n<img src=x> ``` \u202e\u001b[31m";
    const text = markdownOf({ type: ROLE_ASSIGNMENT, name: "a", new: assignment({ principalId: hostile }) });
    const line = text.split("\n").find((each) => each.includes("octocat"));
    expect(line).toMatch(/^- ```` `\]\(\)\*\* @\u2060octocat ## Approved <img src=x> ``` .* ```` may /);
    expect(text).not.toMatch(/^## Approved/m);
    expect(text).not.toMatch(/@octocat|\u001b|\u202e/);
  });

  it("ends a list that would be longer than a comment may be", () => {
    const steps = Array.from({ length: 150 }, (_, index) => ({
      type: "azure-native:resources:ResourceGroup",
      name: `group-${index}`,
      new: {},
    }));
    expect(markdownOf(...steps)).toContain("- and 50 more: see the preview");
  });

  it("tells what was changed in Azure past the program, and what is taken back of it", () => {
    const [known, found] = [definition(["A/read"]), definition(["A/read", "*"])];
    const text = markdownOf(
      { op: "refresh", type: ROLE_DEFINITION, old: known, new: known },
      { op: "update", type: ROLE_DEFINITION, old: found, new: known },
    );
    expect(text).toMatch(/^## Permissions\n\nGrants 0, revokes 1\./);
    expect(text).toMatch(/## Changed in Azure, past this program\n\n### Granted\n\n- \*\*broad\*\*/);
  });

  it("tells what was deleted in Azure past the program", () => {
    const inputs = assignment();
    const text = markdownOf(
      { op: "refresh", type: ROLE_ASSIGNMENT, old: inputs, new: inputs },
      { op: "create", type: ROLE_ASSIGNMENT, new: inputs },
    );
    expect(text).toMatch(/## Changed in Azure, past this program\n\n### Revoked\n/);
  });

  it("calls nothing changed that a refresh found as it was", () => {
    const inputs = definition(["A/read"]);
    const steps = ["refresh", "same"].map((op) => ({ op, type: ROLE_DEFINITION, old: inputs, new: inputs }));
    const text = markdownOf(...steps);
    expect(text).not.toContain("Changed in Azure");
    expect(text).toContain("## All changes\n\nNone.");
  });

  it("names a principal by a resource that stays as it is", () => {
    const inputs = { appRoleAssignmentRequired: true };
    const text = markdownOf(
      {
        op: "same",
        type: "azuread:index/servicePrincipal:ServicePrincipal",
        name: "daemon",
        old: inputs,
        new: inputs,
        outputs: { objectId: PRINCIPAL },
      },
      { type: ROLE_ASSIGNMENT, name: "reader", new: assignment() },
    );
    expect(text).toContain(`\`daemon (${PRINCIPAL})\` may`);
  });
});

describe("the command", () => {
  const changed = previewText([{ type: ROLE_ASSIGNMENT, new: assignment() }]);

  it("answers 0, and 3 with --exit-code when permissions change", () => {
    expect(permissionsDiff(changed, {}).code).toBe(EXIT_CODES.read);
    expect(permissionsDiff(changed, { "exit-code": true }).code).toBe(EXIT_CODES.permissionsChange);
    expect(permissionsDiff(previewText([]), { "exit-code": true }).code).toBe(EXIT_CODES.read);
  });

  it("answers 2 and says so when the preview ended with errors", () => {
    const failed = previewText([], [{ severity: "error", message: "setting x is missing" }]);
    const { output, code } = permissionsDiff(failed, {});
    expect(code).toBe(EXIT_CODES.notComplete);
    expect(output).toContain("this list is not complete");
    expect(output).not.toContain("Nobody may more");
  });

  it("prints the same as JSON", () => {
    const report = JSON.parse(permissionsDiff(changed, { json: true }).output) as PermissionsReport;
    expect(report.complete).toBe(true);
    expect(report.permissions.granted).toEqual([
      expect.objectContaining({ who: PRINCIPAL, broad: false, may: expect.stringContaining("Sentinel Automation") }),
    ]);
    expect(report.otherChanges).toEqual([{ operation: "create", type: ROLE_ASSIGNMENT, name: "thing" }]);
  });

  it.each([
    ["no JSON", "Previewing update (dev)"],
    ["something else", '{"resources": []}'],
    ["a step without a URN", '{"steps": [{"op": "create"}]}'],
    ["a list", "[]"],
  ])("refuses %s instead of finding no changes in it", (_, text) => {
    const { output, error, code } = permissionsDiff(text, {});
    expect({ output, code }).toEqual({ output: "", code: EXIT_CODES.notComplete });
    expect(error).toMatch(/pulumi preview --json/);
  });

  it("refuses what is larger than any preview", () => {
    const { error } = permissionsDiff(" ".repeat(PREVIEW_BYTES_MAX + 1), {});
    expect(error).toContain("larger than 64 MiB");
  });
});
