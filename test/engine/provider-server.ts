import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type {
  CheckRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  InvokeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { ARM_KINDS } from "../../src/sandbox/deployed-kinds.ts";
import { fromStruct, type Handlers, type RunningServer, serve, toStruct } from "./grpc-server.ts";
import { holdsSecret, type Properties, rewrapped, unwrappedAll } from "./property-values.ts";
import type { SimulatedCloud } from "./simulated-cloud.ts";

/**
 * Stands in for the providers `azure-native` and `azuread`: speaks the engine's protocol and does everything in a
 * simulated cloud. It has no schema of Azure's resources; which changes replace a resource is the short list below.
 */

export type ProviderName = "azure-native" | "azuread";

export function startProvider(name: ProviderName, cloud: SimulatedCloud): Promise<RunningServer> {
  const version = versionOf(name);
  return serve(service.ResourceProviderService, { ...HANDSHAKE, ...pluginInfo(version), ...operations(cloud) });
}

/** The program's SDK warns about a provider that is older than itself. */
export function versionOf(name: ProviderName): string {
  const { version } = createRequire(import.meta.url)(`@pulumi/${name}/package.json`) as { version: string };
  return version.replace(/^v/, "");
}

const done = () => new empty.Empty();

const HANDSHAKE: Handlers = {
  handshake: () => new messages.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true),
  attach: done,
  cancel: done,
  configure: () =>
    new messages.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true),
  checkConfig: (request: CheckRequest) => new messages.CheckResponse().setInputs(request.getNews()),
  diffConfig: () => new messages.DiffResponse(),
  getSchema: () => new messages.GetSchemaResponse().setSchema("{}"),
};

const pluginInfo = (version: string): Handlers => ({
  getPluginInfo: () => new pluginMessages.PluginInfo().setVersion(version),
});

function operations(cloud: SimulatedCloud): Handlers {
  return {
    check,
    diff,
    create: (request: CreateRequest) => create(cloud, request),
    read: (request: ReadRequest) => read(cloud, request),
    update: (request: UpdateRequest) => update(cloud, request),
    delete: (request: DeleteRequest) => {
      cloud.delete(request.getId());
      return done();
    },
    invoke: (request: InvokeRequest) => {
      const answer = cloud.invoke(request.getTok(), unwrappedAll(fromStruct(request.getArgs())));
      return new messages.InvokeResponse().setReturn(toStruct(answer));
    },
  };
}

/** Names what the program left unnamed, for ever: the engine's seed makes it random once. */
function check(request: CheckRequest) {
  const inputs = fromStruct(request.getNews());
  const nameInput = ARM_KINDS[request.getType()]?.nameInput;
  if (nameInput !== undefined && inputs[nameInput] === undefined) {
    const seed = createHash("sha256").update(request.getRandomseed_asU8()).digest("hex").slice(0, 8);
    inputs[nameInput] = fromStruct(request.getOlds())[nameInput] ?? `${request.getName()}${seed}`;
  }
  return new messages.CheckResponse().setInputs(toStruct(inputs));
}

/** Inputs of azure-native, besides names of the resource itself and of its parents, whose change makes a new resource. */
const REPLACING = ["resourceGroupName", "location", "scope", "principalId", "resourceUri", "principalType"];

function replaces(type: string, input: string): boolean {
  const kind = ARM_KINDS[type];
  // In Entra nearly nothing can be changed; what the program changes in place is in this list.
  if (kind === undefined) return !["notes", "redirectUris", "tags", "description"].includes(input);
  return [...REPLACING, kind.nameInput, ...(kind.parentInputs ?? [])].includes(input);
}

function diff(request: DiffRequest) {
  const changed = changedNames(
    unwrappedAll(fromStruct(request.getOldInputs())),
    unwrappedAll(fromStruct(request.getNews())),
  );
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse().setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList(changed).setHasdetaileddiff(true).setDeletebeforereplace(true);
  const { UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  for (const name of changed) {
    const kind = replaces(request.getType(), name) ? UPDATE_REPLACE : UPDATE;
    response.getDetaileddiffMap().set(name, new messages.PropertyDiff().setKind(kind).setInputdiff(true));
  }
  return response.setReplacesList(changed.filter((name) => replaces(request.getType(), name)));
}

function changedNames(old: Properties, now: Properties): string[] {
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...names].filter((name) => name !== "__defaults" && !isDeepStrictEqual(old[name], now[name]));
}

function create(cloud: SimulatedCloud, request: CreateRequest) {
  const inputs = fromStruct(request.getProperties());
  const resource = { type: request.getType(), name: request.getName(), inputs: unwrappedAll(inputs) };
  const response = new messages.CreateResponse();
  if (request.getPreview()) return response.setProperties(toStruct(rewrapped(cloud.planned(resource), inputs)));
  const { id, state } = cloud.create(resource);
  return response.setId(id).setProperties(toStruct(rewrapped(state, inputs)));
}

function update(cloud: SimulatedCloud, request: UpdateRequest) {
  const inputs = fromStruct(request.getNews());
  const plain = unwrappedAll(inputs);
  const state = request.getPreview()
    ? { ...unwrappedAll(fromStruct(request.getOlds())), ...plain }
    : cloud.update(request.getId(), plain);
  return new messages.UpdateResponse().setProperties(toStruct(rewrapped(state, inputs)));
}

function read(cloud: SimulatedCloud, request: ReadRequest) {
  const found = cloud.read(request.getId());
  const response = new messages.ReadResponse();
  if (found === undefined) return response;
  const known = fromStruct(request.getInputs());
  const secret = Object.keys(known).some((name) => holdsSecret(known[name])) ? known : {};
  return response
    .setId(request.getId())
    .setProperties(toStruct(rewrapped(found.state, secret)))
    .setInputs(toStruct(rewrapped({ ...found.inputs }, secret)));
}
