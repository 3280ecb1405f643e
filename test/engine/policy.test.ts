import { fileURLToPath } from "node:url";
import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { afterEach, describe, expect, it } from "vitest";
import { deployWatchbell } from "../../infra/program.ts";
import { readInfraSettings } from "../../infra/settings.ts";
import { type Engine, engineIsMissing, openInline, POLICY_PACK, titled, watcher } from "./engine.ts";
import { SUBSCRIPTION_ID } from "./simulated-cloud.ts";

/** The policy pack, started and asked by the real engine. What each rule says is tested in test/infra/policy.test.ts. */

const STEP_MS_MAX = 120_000;
const OWNER = `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635`;

/** Without a network, and without a database for a rule to speak about. */
const OWN_DATABASE = { network: "public", databaseSecretUri: "https://ours.vault.azure.net/secrets/database-url" };
const TRIAL = fileURLToPath(new URL("../../infra/policy/trial.json", import.meta.url));

const deployed = (settings: Record<string, unknown>) =>
  deployWatchbell(
    readInfraSettings({ environment: "engine", image: "registry.example/watchbell/worker:1.0.0", ...settings }),
    { now: Date.UTC(2026, 10, 24) },
  );

const assign = (roleDefinitionId: RoleAssignment["roleDefinitionId"] | string) =>
  new RoleAssignment("too-much", { scope: `/subscriptions/${SUBSCRIPTION_ID}`, principalId: "p", roleDefinitionId });

describe.skipIf(engineIsMissing() !== undefined)(
  titled("the policy pack in the engine"),
  { timeout: STEP_MS_MAX },
  () => {
    let engine: Engine | undefined;
    afterEach(() => engine?.close());

    /** What the pack says in a preview (or an `up`) of the program, and how that ends. */
    async function judged(program: PulumiFn, operation: "preview" | "up" = "preview", config?: string) {
      engine = await openInline(program);
      const { violations, onEvent } = watcher();
      const options = { policyPacks: [POLICY_PACK], onEvent, ...(config ? { policyPackConfigs: [config] } : {}) };
      const ended = await engine.stack[operation](options).then(
        () => "passed" as const,
        () => "stopped" as const,
      );
      return { ended, violations, mandatory: violations.filter(({ level }) => level === "mandatory") };
    }

    it("finds nothing to stop in the program with its defaults, and says which rules wait for the deployment", async () => {
      const { ended, violations, mandatory } = await judged(async () => ({ ...(await deployed({})) }));
      expect(mandatory).toEqual([]);
      expect(ended).toBe("passed");
      const message = expect.stringContaining("can't be known during preview");
      expect(violations).toContainEqual({ policy: "vault-by-roles", level: "advisory", message });
    });

    it("asks those rules in the deployment, and finds nothing", async () => {
      const { ended, violations, mandatory } = await judged(async () => ({ ...(await deployed({})) }), "up");
      expect(mandatory).toEqual([]);
      expect(violations.filter(({ policy }) => policy.startsWith("vault-"))).toEqual([]);
      expect(ended).toBe("passed");
    });

    it("lets an advice pass, and says it", async () => {
      const program = async () => ({ ...(await deployed({ ...OWN_DATABASE, purgeProtection: "false" })) });
      const { ended, violations } = await judged(program);
      expect(ended).toBe("passed");
      const advice = { policy: "vault-purge-protection", level: "advisory" };
      expect(violations).toContainEqual(expect.objectContaining(advice));
    });

    it("stops a public database, but not where a file says that it may be", async () => {
      const program = async () => ({ ...(await deployed({ network: "public", databaseAllowedIps: "203.0.113.7" })) });
      const { ended, mandatory } = await judged(program);
      expect(ended).toBe("stopped");
      expect(mandatory.map(({ policy }) => policy)).toEqual(["no-public-database"]);
      engine?.close();
      expect((await judged(program, "preview", TRIAL)).ended).toBe("passed");
    });

    it("stops an assignment of Owner, in a preview and before it is made", async () => {
      const program = async () => void assign(OWNER);
      for (const operation of ["preview", "up"] as const) {
        engine?.close();
        const { ended, mandatory } = await judged(program, operation);
        expect(ended).toBe("stopped");
        expect(mandatory.map(({ policy }) => policy)).toEqual(["no-broad-roles"]);
        expect(engine?.cloud.calls).toEqual([]);
      }
    });

    it("stops what a mandatory rule cannot know in a preview, instead of advising", async () => {
      const { ended, mandatory } = await judged(async () => {
        const environment = new ManagedEnvironment("known-later", { resourceGroupName: "watchbell-engine" });
        assign(environment.defaultDomain.apply((domain) => `/roleDefinitions/${domain}`));
      });
      expect(ended).toBe("stopped");
      expect(mandatory).toContainEqual(expect.objectContaining({ policy: "no-broad-roles" }));
    });

    it("stops a secret in the outputs of the stack", async () => {
      const { ended, mandatory } = await judged(async () => ({ databasePassword: "correct horse battery staple" }));
      expect(ended).toBe("stopped");
      expect(mandatory.map(({ policy }) => policy)).toEqual(["no-secret-in-outputs"]);
    });
  },
);
