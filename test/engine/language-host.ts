import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import service from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { LanguageHandshakeRequest, RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { fromStruct, type RunningServer, serve } from "./grpc-server.ts";

/**
 * Stands in for Pulumi's own host of Node programs, which is not to be had as a Go module: it starts the SDK's runner with
 * the Node that runs this, as the host does. So Pulumi.yaml's `main` and `runtime` are read by the real engine.
 */
const RUNNER = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run/index.js");
/** The runner ends with it when it has said itself what is wrong. */
const BAILED_OUT = 32;
const ERROR_CHARS_MAX = 4_000;

export function startLanguageHost(): Promise<RunningServer> {
  let engineAddress = "";
  return serve(service.LanguageRuntimeService, {
    handshake: (request: LanguageHandshakeRequest) => {
      engineAddress = request.getEngineAddress();
      return new messages.LanguageHandshakeResponse();
    },
    getPluginInfo: () => new pluginMessages.PluginInfo(),
    getRequiredPackages: () => new messages.GetRequiredPackagesResponse(),
    about: () => new messages.AboutResponse(),
    getProgramDependencies: () => new messages.GetProgramDependenciesResponse(),
    runtimeOptionsPrompts: () => new messages.RuntimeOptionsResponse(),
    cancel: () => new empty.Empty(),
    run: async (request: RunRequest) => {
      const { code, errors } = await runProgram(request, engineAddress);
      const response = new messages.RunResponse();
      if (code === BAILED_OUT) return response.setBail(true);
      return code === 0 ? response : response.setError(`Program exited with non-zero exit code: ${code}\n${errors}`);
    },
  });
}

/** What the program says goes to the engine by itself; what it writes matters only when it fails before that. */
function runProgram(request: RunRequest, engineAddress: string): Promise<{ code: number; errors: string }> {
  const child = spawn(process.execPath, [RUNNER, ...argumentsOf(request, engineAddress)], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...environmentOf(request) },
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-ERROR_CHARS_MAX);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, errors }));
  });
}

function argumentsOf(request: RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    "root-directory": info?.getRootDirectory() ?? "",
    pwd: info?.getProgramDirectory() || request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const given = Object.entries(flags).filter(([, value]) => value !== "");
  return [
    ...given.flatMap(([name, value]) => [`--${name}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

function environmentOf(request: RunRequest): Record<string, string> {
  const config: Record<string, string> = {};
  request.getConfigMap().forEach((value: string, key: string) => {
    config[key] = value;
  });
  // The SDK's runner compiles by itself unless Pulumi.yaml says that Node runs TypeScript.
  const compiles = fromStruct(request.getInfo()?.getOptions())["typescript"] !== false;
  return {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...(compiles ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
  };
}
