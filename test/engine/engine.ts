import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type EngineEvent,
  LocalWorkspace,
  type LocalWorkspaceOptions,
  PulumiCommand,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { startLanguageHost } from "./language-host.ts";
import { startProvider } from "./provider-server.ts";
import { SimulatedCloud } from "./simulated-cloud.ts";

/**
 * The real engine (Pulumi's CLI, built from its Go module) on a simulated cloud: each has a folder, a state and providers of
 * its own, asks no registry and no cloud, and leaves nothing.
 */

export const ROOT = path.resolve(import.meta.dirname, "../..");
export const POLICY_PACK = path.join(ROOT, "infra/policy/watchbell-policy");
const CLI_ROOT = path.join(ROOT, ".pulumi-cli");
const CLI = path.join(CLI_ROOT, "bin/pulumi");
const SEARCH_PATH = [path.join(ROOT, "node_modules/.bin"), "/usr/bin", "/bin"];
const PROJECT = "watchbell";
export const STACK = "engine";
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Why the tests with the engine are skipped, undefined when they are not. In CI only one reason counts: scripts/pulumi-cli.ts
 * has found that the module is not to be had. A build that was forgotten is a failure there.
 */
export function engineIsMissing(): string | undefined {
  if (existsSync(path.join(CLI_ROOT, "stamp"))) return undefined;
  const note = path.join(CLI_ROOT, "unavailable.txt");
  if (existsSync(note)) return readFileSync(note, "utf8").trim();
  if (process.env["CI"]) throw new Error("the Pulumi CLI is not built: run node scripts/pulumi-cli.ts first");
  return "the Pulumi CLI is not built; npm run test:engine does that";
}

/** Title of a suite, with the reason when it is skipped. */
export function titled(title: string): string {
  const reason = engineIsMissing();
  return reason === undefined ? title : `${title} (skipped: ${reason})`;
}

/** Cloud, providers and state; several stacks may share them. */
interface Base {
  cloud: SimulatedCloud;
  folder: string;
  options: LocalWorkspaceOptions & { envVars: Record<string, string> };
  /** The state as it lies on disk; the API itself always decrypts. */
  stateText(): string;
  close(): void;
}

export interface Engine extends Base {
  stack: Stack;
}

/** A stack whose program is a function; Pulumi.yaml is not read. */
export async function openInline(program: PulumiFn): Promise<Engine> {
  const base = await openBase();
  return { ...base, stack: await inlineStack(STACK, program, base) };
}

/** A further stack in the cloud and the state of another one, which is closed with it. */
export function inlineStack(stackName: string, program: PulumiFn, { options }: Base): Promise<Stack> {
  return LocalWorkspace.createStack({ stackName, projectName: PROJECT, program }, options);
}

export interface ProjectEngine extends Engine {
  /** Folder of Pulumi.yaml. */
  workDir: string;
  /** Runs `pulumi`, or a script that calls it, and answers what it printed. Rejects with all of it when it fails. */
  run(command: string, ...args: string[]): Promise<string>;
}

/** A stack of this repository's Pulumi.yaml, run by the stand-in for the language host. */
export async function openProject(config: Readonly<Record<string, string>>): Promise<ProjectEngine> {
  const base = await openBase();
  const host = await startLanguageHost();
  const envVars = { ...base.options.envVars, PULUMI_DEBUG_LANGUAGES: `nodejs:${host.port}` };
  const workDir = path.join(base.folder, "project");
  placeProject(workDir);
  const stack = await LocalWorkspace.createStack({ stackName: STACK, workDir }, { ...base.options, envVars });
  await stack.setAllConfig(Object.fromEntries(Object.entries(config).map(([name, value]) => [name, { value }])));
  const close = () => {
    host.close();
    base.close();
  };
  const PATH = [path.dirname(CLI), ...SEARCH_PATH].join(":");
  const run = inFolder(workDir, { ...process.env, ...envVars, PATH });
  return { ...base, stack, close, workDir, run };
}

/** The repository seen from another folder, so that the settings of the stack are not written into the checkout. */
function placeProject(folder: string): void {
  mkdirSync(folder);
  writeFileSync(path.join(folder, "Pulumi.yaml"), readFileSync(path.join(ROOT, "Pulumi.yaml")));
  for (const name of ["infra", "src", "workflows", "node_modules", "package.json"]) {
    symlinkSync(path.join(ROOT, name), path.join(folder, name));
  }
}

function inFolder(cwd: string, env: NodeJS.ProcessEnv): ProjectEngine["run"] {
  return (command, ...args) =>
    new Promise((resolve, reject) => {
      execFile(command, args, { cwd, env, maxBuffer: OUTPUT_BYTES_MAX }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stdout}${stderr}`)),
      );
    });
}

async function openBase(): Promise<Base> {
  const folder = mkdtempSync(path.join(tmpdir(), "watchbell-engine-"));
  const cloud = new SimulatedCloud();
  const [azure, entra] = await Promise.all([startProvider("azure-native", cloud), startProvider("azuread", cloud)]);
  const envVars = {
    PATH: SEARCH_PATH.join(":"),
    PULUMI_HOME: path.join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "only for tests",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DEBUG_PROVIDERS: `azure-native:${azure.port},azuread:${entra.port}`,
  };
  const options = { pulumiCommand: await PulumiCommand.get({ root: CLI_ROOT }), envVars };
  return {
    cloud,
    folder,
    options,
    stateText: () => readFileSync(path.join(folder, ".pulumi/stacks", PROJECT, `${STACK}.json`), "utf8"),
    close: () => {
      for (const server of [azure, entra]) server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Watcher {
  /** What the engine does or would do: `create azure-native:keyvault:Vault vault`. */
  steps: string[];
  violations: { policy: string; level: string; message: string }[];
  onEvent(event: EngineEvent): void;
}

/** Gathers what happens in one operation; what stays the same is left out. */
export function watcher(): Watcher {
  const steps: string[] = [];
  const violations: Watcher["violations"] = [];
  const onEvent = ({ resourcePreEvent, policyEvent }: EngineEvent) => {
    const { op, type = "", urn = "" } = resourcePreEvent?.metadata ?? {};
    if (op !== undefined && op !== "same" && /^azure/.test(type)) {
      steps.push(`${op} ${type} ${urn.slice(urn.lastIndexOf("::") + 2)}`);
    }
    if (policyEvent !== undefined) {
      const { policyName, enforcementLevel, message } = policyEvent;
      violations.push({ policy: policyName, level: enforcementLevel, message });
    }
  };
  return { steps, violations, onEvent };
}
