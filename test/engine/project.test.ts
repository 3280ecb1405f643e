import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT_CODES, permissionsDiff } from "../../src/permissions-diff/permissions-diff.ts";
import type { PermissionsReport } from "../../src/permissions-diff/report.ts";
import { engineIsMissing, openProject, type ProjectEngine, ROOT, STACK, titled } from "./engine.ts";

/** The way of a person: Pulumi.yaml, settings of a stack, the command. Only the language host is a stand-in. */

const STEP_MS_MAX = 180_000;

describe.skipIf(engineIsMissing() !== undefined)(
  titled("Pulumi.yaml and the command"),
  { timeout: STEP_MS_MAX },
  () => {
    let engine: ProjectEngine;
    beforeAll(async () => {
      engine = await openProject({
        "watchbell:environment": "engine",
        "watchbell:image": "registry.example/watchbell/worker:1.0.0",
        "watchbell:retainData": "false",
      });
    });
    afterAll(() => engine?.close());

    const previewJson = (...more: string[]) =>
      engine.run("pulumi", "preview", "--json", "--show-sames", "--stack", STACK, ...more);

    it("say of a first preview what a deployment grants, before it is made", async () => {
      const { output, code } = permissionsDiff(await previewJson(), {});
      expect(code).toBe(EXIT_CODES.read);
      expect(output).toMatch(/^## Permissions\n\nGrants \d+/);
      expect(output).toContain("Microsoft.AlertsManagement/alerts/changestate/action");
      expect(output).toMatch(/`new: daemon \(ServicePrincipal\)` may `role .+` on `\/subscriptions\//);
      expect(output).toContain("`anybody on the internet` may `reach it over the network` on `Container App worker`");
      expect(output).toMatch(
        /### Cannot be read before the deployment\n\n- `not known yet` .* on `Key Vault wb-engine-`/,
      );
      expect(engine.cloud.calls).toEqual([]);
    });

    it("deploy what index.ts says, and output ids and addresses", async () => {
      const { outputs } = await engine.stack.up();
      expect(outputs["publicUrl"]?.value).toMatch(/^https:\/\/watchbell-engine\..*azurecontainerapps\.io$/);
      const daemon = engine.cloud.directory.applications.find((each) => each.displayName === "Watchbell-engine");
      expect(outputs["clientId"]?.value).toBe(daemon?.clientId);
      expect(outputs["clientSecretUri"]?.value).toBeUndefined();
    });

    it("grant nothing by a change that is about something else", async () => {
      await engine.stack.setConfig("watchbell:logRetentionDays", { value: "60" });
      const { output, code } = permissionsDiff(await previewJson(), { "exit-code": true });
      expect(output).toContain("Nobody may more or less than before.");
      expect(output).toContain("- `update` `azure-native:operationalinsights:Workspace`");
      expect(code).toBe(EXIT_CODES.read);
    });

    it("tell what a change of the role grants and revokes", async () => {
      await engine.stack.setConfig("watchbell:role", { value: "monitoring-contributor" });
      const { output, code } = permissionsDiff(await previewJson(), { json: true, "exit-code": true });
      const { granted, revoked } = (JSON.parse(output) as PermissionsReport).permissions;
      expect(code).toBe(EXIT_CODES.permissionsChange);
      expect(granted.map(({ may }) => may)).toEqual([expect.stringContaining("role Monitoring Contributor")]);
      expect(granted[0]?.who).toMatch(/^daemon \(/);
      expect(revoked.map(({ may }) => may)).toContain("Microsoft.AlertsManagement/alerts/changestate/action");
    });

    it("call a wrong setting by its name and answer that the list is not complete", async () => {
      await engine.stack.setConfig("watchbell:role", { value: "owner" });
      const failed = await previewJson().catch((error: unknown) => String(error));
      expect(failed).toContain("watchbell:role");
      await engine.stack.setConfig("watchbell:role", { value: "custom" });
    });

    it("see what was changed by hand, in a preview with refresh, and change nothing", async () => {
      const role = engine.cloud.only(":RoleDefinition");
      engine.cloud.changePastEngine(role.id, (inputs) => ({ ...inputs, permissions: [{ actions: ["*"] }] }));
      const { output } = permissionsDiff(await previewJson("--refresh"), {});
      expect(output).toMatch(/## Changed in Azure, past this program\n\n### Granted\n\n- \*\*broad\*\* .*`\*`/);
      expect(engine.cloud.only(":RoleDefinition").inputs["permissions"]).toEqual([{ actions: ["*"] }]);
    });

    it("are reviewed by one script: the rules in the log, the permissions in the comment", async () => {
      const comment = path.join(engine.workDir, "comment.md");
      const log = await engine.run(path.join(ROOT, "scripts/preview.sh"), STACK, comment);
      expect(log).toContain("watchbell@v");
      expect(readFileSync(comment, "utf8")).toMatch(/^# Stack `engine`\n\n## Permissions\n/);
      await engine.stack.setConfig("watchbell:environment", { value: "not a name!" });
      await expect(engine.run(path.join(ROOT, "scripts/preview.sh"), STACK, comment)).rejects.toThrow(
        /watchbell:environment/,
      );
      expect(readFileSync(comment, "utf8")).toContain("see the log of the run");
      await engine.stack.setConfig("watchbell:environment", { value: "engine" });
    });

    it("say what to do about a refusal that is known", async () => {
      await engine.stack.setAllConfig({
        "watchbell:budget": { value: "50" },
        "watchbell:operators": { value: "operators@watchbell.example" },
      });
      const refusal = "MissingSubscriptionRegistration: not registered to use namespace 'Microsoft.Consumption'.";
      engine.cloud.refuse("create", /:Budget$/, refusal);
      await expect(engine.stack.up()).rejects.toThrow(/az provider register --namespace Microsoft\.Consumption/);
      await engine.stack.up();
      expect(engine.cloud.only(":Budget").inputs["amount"]).toBe(50);
    });

    it("destroy everything by what the state knows", async () => {
      await engine.stack.destroy();
      expect(engine.cloud.all()).toEqual([]);
    });
  },
);
