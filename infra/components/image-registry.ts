import { Registry, type RegistryArgs } from "@pulumi/azure-native/containerregistry/registry.js";
import { TaskRun, type TaskRunArgs } from "@pulumi/azure-native/containerregistry/taskRun.js";
import * as pulumi from "@pulumi/pulumi";
import { roleDefinitionResourceId } from "../naming.ts";
import { BUILT_IN_ROLES } from "../permissions.ts";
import { assignRole } from "./role-assignment.ts";
import { collectLogs, lockAgainstDeletion, type Placement, type Safeguards } from "./safeguards.ts";

export interface ImageRegistryArgs extends Placement, Safeguards {
  subscriptionId: string;
  /** Lower-case letters and digits; the provider appends 8 random characters. */
  registryPrefix: string;
  /** Public git repository and commit: `https://….git#<40 hexadecimal digits>`. */
  buildFrom: string;
  /** Object id of the identity that pulls the image. */
  pullerPrincipalId: pulumi.Input<string>;
}

const REPOSITORY = "watchbell";
const BUILD_SECONDS_MAX = 1_800;

/**
 * The worker's image, built in the subscription from a public commit. A failed build may be reported as success, or the
 * other way round (open faults of the api); the Container App then says that the image is missing.
 */
export class ImageRegistry extends pulumi.ComponentResource {
  readonly image: pulumi.Output<string>;
  readonly loginServer: pulumi.Output<string>;
  /** Image and right to pull it; a revision made before them fails after a quarter of an hour. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: ImageRegistryArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:ImageRegistry", name, {}, options);
    const registry = new Registry(args.registryPrefix, registryArgs(args), { parent: this });
    const logs = collectLogs(name, registry, args.logsTo, this);
    const build = new TaskRun(`${name}-build`, buildArgs(args, registry.name), { parent: this, deletedWith: registry });
    const pull = assignRole(
      `${name}-pull`,
      {
        scope: registry.id,
        principalId: args.pullerPrincipalId,
        roleDefinitionId: roleDefinitionResourceId(args.subscriptionId, BUILT_IN_ROLES.acrPull),
      },
      { parent: this },
    );
    if (args.lock) lockAgainstDeletion(name, registry, [build, pull, logs], this);
    this.loginServer = registry.loginServer;
    this.image = pulumi.interpolate`${registry.loginServer}/${REPOSITORY}:${commitOf(args.buildFrom)}`;
    this.ready = [build, pull];
    this.registerOutputs({ image: this.image });
  }
}

/** Standard: what is beyond (own network, retention rules) asks for Premium, at ten times the price. */
export function registryArgs(args: ImageRegistryArgs): RegistryArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    sku: { name: "Standard" },
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    policies: {
      // Container Apps pull with a token for Azure Resource Manager.
      azureADAuthenticationAsArmPolicy: { status: "enabled" },
    },
    tags: args.tags,
  };
}

/** A run a commit: the tag that forces a new one is the commit itself. */
export function buildArgs(args: ImageRegistryArgs, registryName: pulumi.Input<string>): TaskRunArgs {
  const commit = commitOf(args.buildFrom);
  return {
    resourceGroupName: args.resourceGroupName,
    registryName,
    taskRunName: `watchbell-${commit.slice(0, 12)}`,
    location: args.location,
    forceUpdateTag: commit,
    runRequest: {
      type: "DockerBuildRequest",
      sourceLocation: args.buildFrom,
      dockerFilePath: "Dockerfile",
      imageNames: [`${REPOSITORY}:${commit}`],
      isPushEnabled: true,
      platform: { os: "Linux", architecture: "amd64" },
      timeout: BUILD_SECONDS_MAX,
    },
  };
}

const commitOf = (buildFrom: string) => buildFrom.slice(buildFrom.indexOf("#") + 1);
