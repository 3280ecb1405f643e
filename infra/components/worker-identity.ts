import * as managedidentity from "@pulumi/azure-native/managedidentity/index.js";
import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import { INTAKE_ROLE } from "../permissions.ts";
import { EntraApplication } from "./entra-application.ts";

export interface WorkerIdentityArgs {
  resourceGroupName: pulumi.Input<string>;
  location: string;
  identityName: string;
  displayName: string;
  tenantId: string;
  ownerObjectIds: readonly string[];
  /** Object id of Azure Monitor's own service principal in this tenant. Looked up, never managed: see program.ts. */
  azureMonitorObjectId: string;
  tags: Record<string, string>;
  /** For resources that name a principal which Entra has just created. */
  hooks?: pulumi.ResourceHookBinding;
}

/**
 * Who the worker is: a managed identity, and the daemon's app registration that trusts it. Azure Monitor's action groups
 * hold the app role that opens the intake (threats J7).
 */
export class WorkerIdentity extends pulumi.ComponentResource {
  readonly identityId: pulumi.Output<string>;
  /** Client id of the managed identity: what the worker asks the platform's endpoint for. */
  readonly identityClientId: pulumi.Output<string>;
  /** Object id of the managed identity: the subject of the federated credentials. */
  readonly identityPrincipalId: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  readonly applicationObjectId: pulumi.Output<string>;
  /** Object id of the daemon's service principal: who holds the custom role. */
  readonly servicePrincipalId: pulumi.Output<string>;
  readonly appIdUri: pulumi.Output<string>;

  constructor(name: string, args: WorkerIdentityArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:WorkerIdentity", name, {}, options);
    const identity = new managedidentity.UserAssignedIdentity(
      name,
      {
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        resourceName: args.identityName,
        tags: args.tags,
      },
      { parent: this },
    );
    const application = new EntraApplication(
      "daemon",
      {
        displayName: args.displayName,
        description: "Watchbell's worker: reads alerts of this subscription and writes their state back",
        roles: [INTAKE_ROLE],
        ownerObjectIds: args.ownerObjectIds,
        tenantId: args.tenantId,
        trustedPrincipalId: identity.principalId,
      },
      { parent: this },
    );
    const identifierUri = this.#identifierUri(application);
    this.#admitAzureMonitor(application, args);

    this.identityId = identity.id;
    this.identityClientId = identity.clientId;
    this.identityPrincipalId = identity.principalId;
    this.clientId = application.registration.clientId;
    this.applicationObjectId = application.registration.objectId;
    this.servicePrincipalId = application.servicePrincipal.objectId;
    this.appIdUri = identifierUri.identifierUri;
    this.registerOutputs({ clientId: this.clientId, appIdUri: this.appIdUri });
  }

  /** `api://{clientId}`: any other form needs a domain that the tenant has verified. */
  #identifierUri(application: EntraApplication): azuread.ApplicationIdentifierUri {
    const { id, clientId } = application.registration;
    return new azuread.ApplicationIdentifierUri(
      "daemon-uri",
      { applicationId: id, identifierUri: pulumi.interpolate`api://${clientId}` },
      { parent: this, dependsOn: application.lastPart },
    );
  }

  #admitAzureMonitor(application: EntraApplication, args: WorkerIdentityArgs): void {
    new azuread.AppRoleAssignment(
      "azure-monitor-may-push",
      {
        appRoleId: INTAKE_ROLE.id,
        principalObjectId: args.azureMonitorObjectId,
        resourceObjectId: application.servicePrincipal.objectId,
      },
      { parent: this, ...(args.hooks === undefined ? {} : { hooks: args.hooks }) },
    );
  }
}
