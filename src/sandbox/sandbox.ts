import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { createArmPart } from "./arm.ts";
import { makeServerCertificate } from "./certificate.ts";
import { createControlPart } from "./control.ts";
import { createCore, type SandboxCore } from "./core.ts";
import { createDirectory } from "./directory.ts";
import { loadSigningKeys } from "./entra/keys.ts";
import { IDENTITY_PATH } from "./entra/managed-identity.ts";
import { createEntraPart } from "./entra/part.ts";
import { createLogAnalyticsPart } from "./log-analytics.ts";
import { createMetadataPart } from "./metadata.ts";
import { createResourceStore } from "./resources.ts";
import { startServers } from "./server.ts";
import { createStateFolder } from "./state-folder.ts";
import type { SandboxPart, StateFolder, World } from "./world.ts";

export interface SandboxOptions {
  /** Where the sandbox remembers things between starts; made when missing. */
  folder: string;
  /** Epoch milliseconds. */
  now(): number;
  /** Wished ports of TLS and plain HTTP; default 0 = free ones. A taken port gives way to the next free one. */
  port?: number;
  plainPort?: number;
  /** The parts beyond the core: alerts, action groups, pages. They are asked before the generic resource store. */
  parts(core: SandboxCore): SandboxPart[];
  /** Told of programmer errors in a part. */
  reportError(error: unknown): void;
}

export interface Sandbox {
  origins: World["origins"];
  /** PEM of the certificate authority to trust. */
  caFile: string;
  world: World;
  core: SandboxCore;
  /** What the platform would set as IDENTITY_ENDPOINT and IDENTITY_HEADER. */
  identity: { endpoint: string; header: string };
  close(): Promise<void>;
}

/**
 * Starts a simulated Azure on loopback. A second start in the same folder goes on with the same tenant, people, keys and
 * deployed resources. Throws when a state file is damaged or no port can be had.
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const state = createStateFolder(join(options.folder, "state"));
  const identifiers = loadIdentifiers(state);
  const world = createWorld(options, state, identifiers);
  const keys = await loadSigningKeys(state);
  const core = createCore(world, keys, identifiers.owner.objectId);
  const certificate = await makeServerCertificate(options.folder, options.now());
  const parts = [
    createEntraPart(world, keys, identifiers.identityHeader),
    createControlPart(core, identifiers.owner.clientId),
    createMetadataPart(world),
    createLogAnalyticsPart(core),
    ...options.parts(core),
    createArmPart(core),
  ];
  const { port = 0, plainPort = 0, reportError } = options;
  const servers = await startServers(world, () => parts, { certificate, port, plainPort, reportError });
  return {
    origins: world.origins,
    caFile: certificate.caFile,
    world,
    core,
    identity: { endpoint: `${world.origins.plain}${IDENTITY_PATH}`, header: identifiers.identityHeader },
    async close() {
      await servers.close();
      await state.flush();
    },
  };
}

const storedIdentifiers = z.object({
  tenantId: z.string(),
  subscriptionId: z.string(),
  workspaceId: z.string(),
  owner: z.object({ objectId: z.string(), clientId: z.string() }),
  identityHeader: z.string(),
});
type Identifiers = z.infer<typeof storedIdentifiers>;

/** The ids that stay the same over all starts in one folder. */
function loadIdentifiers(state: StateFolder): Identifiers {
  const remembered = state.load("identifiers");
  if (remembered !== undefined) return storedIdentifiers.parse(remembered);
  const made: Identifiers = {
    tenantId: randomUUID(),
    subscriptionId: randomUUID(),
    workspaceId: randomUUID(),
    owner: { objectId: randomUUID(), clientId: randomUUID() },
    identityHeader: randomBytes(24).toString("base64url"),
  };
  state.save("identifiers", () => made);
  return made;
}

function createWorld(options: SandboxOptions, state: StateFolder, identifiers: Identifiers): World {
  return {
    now: () => options.now(),
    newId: () => randomUUID(),
    directory: createDirectory(state, { ...identifiers, newId: () => randomUUID() }),
    resources: createResourceStore(state),
    faults: [],
    requests: [],
    origins: { secure: "", plain: "" },
    subscriptionId: identifiers.subscriptionId,
    workspaceId: identifiers.workspaceId,
    state,
  };
}
