import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import { PORTAL_ROLES } from "../permissions.ts";
import { EntraApplication } from "./entra-application.ts";

export interface PortalRegistrationArgs {
  displayName: string;
  tenantId: string;
  notes: string;
  ownerObjectIds: readonly string[];
  /** Origin people use, without trailing slash. */
  publicUrl: pulumi.Input<string>;
  /** Principal id of the worker's managed identity: the portal's sign-in proves itself by its token, not by a secret. */
  identityPrincipalId: pulumi.Input<string>;
}

/**
 * How people sign in: a registration of its own, apart from the daemon's, so that a person's token never opens what the
 * worker may do. Nobody gets in before an administrator has assigned one of its four roles.
 */
export class PortalRegistration extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  readonly applicationObjectId: pulumi.Output<string>;
  /** Object id of its service principal ("enterprise application"): where roles are assigned. */
  readonly servicePrincipalId: pulumi.Output<string>;

  constructor(name: string, args: PortalRegistrationArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:PortalRegistration", name, {}, options);
    const application = new EntraApplication(
      name,
      {
        displayName: args.displayName,
        description: "Sign-in to Watchbell's portal",
        roles: PORTAL_ROLES,
        ownerObjectIds: args.ownerObjectIds,
        tenantId: args.tenantId,
        // People sign in from the tenant of the deployment only, also where the daemon serves several.
        audience: "single",
        notes: args.notes,
        trustedPrincipalId: args.identityPrincipalId,
      },
      { parent: this },
    );
    new azuread.ApplicationRedirectUris(
      `${name}-redirect`,
      {
        applicationId: application.registration.id,
        // A confidential client: with type SPA Entra would hand the code to any script of the page.
        type: "Web",
        redirectUris: [redirectUri(args.publicUrl)],
      },
      { parent: this, dependsOn: application.lastPart },
    );
    this.clientId = application.registration.clientId;
    this.applicationObjectId = application.registration.objectId;
    this.servicePrincipalId = application.servicePrincipal.objectId;
    this.registerOutputs({ clientId: this.clientId, servicePrincipalId: this.servicePrincipalId });
  }
}

/** The one address that Entra may send a person back to (threats B1: exact redirect URI). */
export function redirectUri(publicUrl: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`${publicUrl}/auth/callback`;
}
