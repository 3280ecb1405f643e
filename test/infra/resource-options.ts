import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** How a resource is treated beside its inputs; mocks do not tell, so the request to their monitor is read. */
export interface ResourceOptions {
  protect: boolean;
  deleteBeforeReplace: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  /** Type and name of what it waits for, and is deleted before; sorted. */
  dependsOn: string[];
  /** Type and name of what takes it along when it goes. */
  deletedWith: string | undefined;
  createTimeout: string | undefined;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getCustomtimeouts(): { getCreate(): string } | undefined;
}

/** `urn:pulumi:stack::project::Parent$azure-native:keyvault:Vault::name` -> `Vault name`. */
const shortOf = (urn: string) => {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split(":").at(-1)} ${name}`;
};

function optionsOf(request: RegisterRequest): ResourceOptions {
  return {
    protect: request.getProtect(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    dependsOn: request.getDependenciesList().map(shortOf).sort(),
    deletedWith: request.getDeletedwith() === "" ? undefined : shortOf(request.getDeletedwith()),
    createTimeout: request.getCustomtimeouts()?.getCreate(),
  };
}

type Register = (request: RegisterRequest, callback: unknown) => Promise<void>;

/** Keeps the options of each resource by type token and name while `run` runs. */
export async function recordingOptions<T>(
  run: (options: ReadonlyMap<string, ResourceOptions>) => Promise<T>,
): Promise<T> {
  const options = new Map<string, ResourceOptions>();
  const prototype = MockMonitor.prototype as unknown as { registerResource: Register };
  const original = prototype.registerResource;
  prototype.registerResource = function (this: unknown, request, callback) {
    options.set(`${request.getType()} ${request.getName()}`, optionsOf(request));
    return original.call(this, request, callback);
  };
  try {
    return await run(options);
  } finally {
    prototype.registerResource = original;
  }
}
