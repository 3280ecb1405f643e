import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import { INTAKE_ROLE } from "../permissions.ts";
import { EntraApplication, type EntraApplicationArgs } from "./entra-application.ts";

export interface DaemonRegistrationArgs extends Omit<EntraApplicationArgs, "description" | "roles"> {
  /**
   * Object id of Azure Monitor's own service principal in this tenant, which may push alerts. Looked up, never managed: a
   * first-party principal that a program declares is deleted from the tenant by its destroy. undefined = nobody pushes.
   */
  azureMonitorObjectId?: string;
}

/**
 * Who the worker is to Azure's and Microsoft's interfaces: the daemon's app registration. Azure Monitor's action groups
 * hold the app role that opens the intake (threats J7).
 */
export class DaemonRegistration extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  /** Resource id of the application (`/applications/…`). */
  readonly applicationId: pulumi.Output<string>;
  readonly applicationObjectId: pulumi.Output<string>;
  /** Object id of the service principal: who holds the roles. */
  readonly servicePrincipalId: pulumi.Output<string>;
  readonly appIdUri: pulumi.Output<string>;
  /** The last write to the application; what writes to it too depends on it. */
  readonly complete: pulumi.Resource;

  constructor(name: string, args: DaemonRegistrationArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:DaemonRegistration", name, {}, options);
    const application = new EntraApplication(
      name,
      {
        ...args,
        description: "Watchbell's worker: reads alerts of Azure and writes their state back",
        roles: args.azureMonitorObjectId === undefined ? [] : [INTAKE_ROLE],
      },
      { parent: this },
    );
    const identifierUri = this.#identifierUri(name, application);
    if (args.azureMonitorObjectId !== undefined) admit("azure-monitor", args.azureMonitorObjectId, application, this);

    this.clientId = application.registration.clientId;
    this.applicationId = application.registration.id;
    this.applicationObjectId = application.registration.objectId;
    this.servicePrincipalId = application.servicePrincipal.objectId;
    this.appIdUri = identifierUri.identifierUri;
    this.complete = identifierUri;
    this.registerOutputs({ clientId: this.clientId, appIdUri: this.appIdUri });
  }

  /** `api://{clientId}`: any other form needs a domain that the tenant has verified. */
  #identifierUri(name: string, application: EntraApplication): azuread.ApplicationIdentifierUri {
    const { id, clientId } = application.registration;
    return new azuread.ApplicationIdentifierUri(
      `${name}-uri`,
      { applicationId: id, identifierUri: pulumi.interpolate`api://${clientId}` },
      { parent: this, dependsOn: application.lastPart },
    );
  }
}

function admit(who: string, principalObjectId: string, application: EntraApplication, parent: pulumi.Resource): void {
  new azuread.AppRoleAssignment(
    `${who}-may-push`,
    {
      appRoleId: INTAKE_ROLE.id,
      principalObjectId,
      resourceObjectId: application.servicePrincipal.objectId,
    },
    { parent },
  );
}
