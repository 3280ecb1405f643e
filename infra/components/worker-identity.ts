import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import * as pulumi from "@pulumi/pulumi";
import type { Placement } from "./safeguards.ts";

export interface WorkerIdentityArgs extends Placement {
  /** Also the name of the database's user. */
  identityName: string;
}

/** Who the worker is to Azure: a managed identity. Made first, because rights for a new principal take minutes. */
export class WorkerIdentity extends pulumi.ComponentResource {
  readonly identityId: pulumi.Output<string>;
  /** What the worker asks the platform's endpoint for. */
  readonly clientId: pulumi.Output<string>;
  /** Object id: the subject of the federated credentials, and whom roles are given to. */
  readonly principalId: pulumi.Output<string>;

  constructor(name: string, args: WorkerIdentityArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:WorkerIdentity", name, {}, options);
    const { resourceGroupName, location, identityName, tags } = args;
    const identity = new UserAssignedIdentity(
      name,
      { resourceGroupName, location, resourceName: identityName, tags },
      { parent: this },
    );
    this.identityId = identity.id;
    this.clientId = identity.clientId;
    this.principalId = identity.principalId;
    this.registerOutputs({ identityId: this.identityId, principalId: this.principalId });
  }
}
