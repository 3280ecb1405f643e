import type { CheckResult } from "../../../src/doctor/check.ts";
import { type Examined, examine } from "../../../src/doctor/examine.ts";
import { createSystemClock } from "../../../src/platform/clock.ts";
import { createAlertParts } from "../../../src/sandbox/alerts/parts.ts";
import { deployInto, type SandboxOutputs } from "../../../src/sandbox/deploy.ts";
import type { ArmResource, DirectoryApplication } from "../../../src/sandbox/world.ts";
import { readSettings } from "../../../src/settings.ts";
import { startTestSandbox, type TestSandbox } from "../sandbox/test-sandbox.ts";

/** A sandbox with the infra program deployed into it, and the doctor's view of it. */
export interface DoctorSandbox {
  sandbox: TestSandbox;
  outputs: SandboxOutputs;
  /** Environment of a worker in this sandbox, `changes` over it. */
  environment(changes?: Record<string, string>): Record<string, string>;
  /** Runs all checks in process; `environment` changes settings. */
  examine(changes?: Record<string, string>, options?: Partial<Examined>): Promise<CheckResult[]>;
  application(clientId: string): DirectoryApplication;
  /** The only deployed resource of a type that `isWanted`. */
  resource(type: string, isWanted?: (resource: ArmResource) => boolean): ArmResource;
  end(): Promise<void>;
}

export async function startDoctorSandbox(): Promise<DoctorSandbox> {
  const sandbox = await startTestSandbox({ parts: createAlertParts });
  const outputs = await deployInto(sandbox.world, { publicUrl: "http://127.0.0.1:4280" });
  const { secure } = sandbox.origins;
  const environment = (changes: Record<string, string> = {}) => ({
    ...outputs.workerEnvironment,
    IDENTITY_ENDPOINT: sandbox.identity.endpoint,
    IDENTITY_HEADER: sandbox.identity.header,
    WATCHBELL_ENTRA_AUTHORITY_HOST: secure,
    WATCHBELL_AZURE_RESOURCE_MANAGER: secure,
    WATCHBELL_AZURE_LOGS_ENDPOINT: secure,
    WATCHBELL_NOTIFY_PUSH_SUBJECT: "mailto:on-call@example.com",
    WATCHBELL_DATA_FOLDER: sandbox.folder,
    ...changes,
  });
  // The managed identity's library reads these two by itself.
  process.env["IDENTITY_ENDPOINT"] = sandbox.identity.endpoint;
  process.env["IDENTITY_HEADER"] = sandbox.identity.header;
  return {
    sandbox,
    outputs,
    environment,
    examine: (changes = {}, options = {}) => {
      const settings = readSettings(environment(changes));
      return examine({ settings, environment: {}, clock: createSystemClock(), ...options });
    },
    application: (clientId) => sandbox.world.directory.applications.find((each) => each.clientId === clientId)!,
    resource: (type, isWanted = () => true) => {
      const found = sandbox.world.resources.list(type).filter(isWanted);
      if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
      return found[0]!;
    },
    end: async () => {
      delete process.env["IDENTITY_ENDPOINT"];
      delete process.env["IDENTITY_HEADER"];
      await sandbox.end();
    },
  };
}

/** Results by id. */
export const byId = (results: readonly CheckResult[]) => new Map(results.map((result) => [result.id, result]));

/** Ids of the failed checks. */
export const failedOf = (results: readonly CheckResult[]) =>
  results.filter(({ status }) => status === "fail").map(({ id }) => id);
