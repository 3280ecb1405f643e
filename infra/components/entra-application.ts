import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import type { AppRole } from "../permissions.ts";

/** What both registrations of Watchbell have in common. */
export interface EntraApplicationArgs {
  displayName: string;
  description: string;
  roles: readonly AppRole[];
  /** Object ids of the owners of registration and service principal. */
  ownerObjectIds: readonly string[];
  tenantId: string;
  /** `multi`: administrators of other tenants may consent to it. */
  audience: "single" | "multi";
  /** Says in the registration whose it is, so that a foreign one of the same name is not mistaken for it. */
  notes: string;
  /** Principal (object) id of the managed identity whose token is accepted instead of a secret; undefined = none. */
  trustedPrincipalId?: pulumi.Input<string>;
}

/** Audience of every token that is exchanged for one of an app registration (public cloud). */
const TOKEN_EXCHANGE_AUDIENCE = "api://AzureADTokenExchange";

/**
 * An app registration, its app roles and owners, its service principal with assignment required, and a federated
 * credential that trusts the worker's managed identity, so that no secret need exist.
 *
 * Registration and parts are separate resources (the whole-in-one form loses what the parts add). Microsoft Graph
 * refuses concurrent writes to one application, so each part waits for the one before.
 */
export class EntraApplication extends pulumi.ComponentResource {
  readonly registration: azuread.ApplicationRegistration;
  readonly servicePrincipal: azuread.ServicePrincipal;
  /** The last part; what writes to the same application depends on it. */
  readonly lastPart: pulumi.Resource;

  constructor(name: string, args: EntraApplicationArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:EntraApplication", name, {}, options);
    const registration = new azuread.ApplicationRegistration(name, registrationArgs(args), { parent: this });
    const chain = (last: pulumi.Resource): pulumi.CustomResourceOptions => ({ parent: this, dependsOn: last });

    let last: pulumi.Resource = registration;
    for (const role of args.roles) {
      last = new azuread.ApplicationAppRole(`${name}-role-${role.value}`, roleArgs(registration.id, role), chain(last));
    }
    for (const [index, ownerObjectId] of args.ownerObjectIds.entries()) {
      const owner = { applicationId: registration.id, ownerObjectId };
      last = new azuread.ApplicationOwner(`${name}-owner-${index}`, owner, chain(last));
    }
    if (args.trustedPrincipalId !== undefined) {
      const trust = federatedCredentialArgs(registration.id, args.tenantId, args.trustedPrincipalId);
      last = new azuread.ApplicationFederatedIdentityCredential(`${name}-trust`, trust, chain(last));
    }
    this.registration = registration;
    this.servicePrincipal = new azuread.ServicePrincipal(
      name,
      { clientId: registration.clientId, appRoleAssignmentRequired: true, owners: [...args.ownerObjectIds] },
      chain(last),
    );
    this.lastPart = this.servicePrincipal;
    this.registerOutputs({ clientId: registration.clientId, servicePrincipalId: this.servicePrincipal.objectId });
  }
}

export function registrationArgs(args: EntraApplicationArgs): azuread.ApplicationRegistrationArgs {
  return {
    displayName: args.displayName,
    description: args.description,
    notes: args.notes,
    signInAudience: args.audience === "multi" ? "AzureADMultipleOrgs" : "AzureADMyOrg",
    requestedAccessTokenVersion: 2,
    implicitAccessTokenIssuanceEnabled: false,
    implicitIdTokenIssuanceEnabled: false,
  };
}

export function roleArgs(applicationId: pulumi.Input<string>, role: AppRole): azuread.ApplicationAppRoleArgs {
  return {
    applicationId,
    roleId: role.id,
    value: role.value,
    displayName: role.displayName,
    description: role.description,
    allowedMemberTypes: [...role.allowedMemberTypes],
  };
}

/**
 * Trust in a managed identity of the same tenant. `applicationId` is the resource id (`/applications/…`), the subject is
 * the principal id; Entra compares its case too.
 */
export function federatedCredentialArgs(
  applicationId: pulumi.Input<string>,
  tenantId: string,
  principalId: pulumi.Input<string>,
): azuread.ApplicationFederatedIdentityCredentialArgs {
  return {
    applicationId,
    displayName: "watchbell-worker",
    description: "The worker's managed identity signs in as this application",
    issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    subject: principalId,
    audiences: [TOKEN_EXCHANGE_AUDIENCE],
  };
}
