import { Secret } from "@pulumi/azure-native/keyvault/secret.js";
import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";
import type { ClientSecretTerm } from "../rotation.ts";
import { waitingFor } from "./safeguards.ts";

export interface ClientSecretArgs {
  resourceGroupName: pulumi.Input<string>;
  /** Resource id of the app registration (`/applications/…`). */
  applicationId: pulumi.Input<string>;
  vault: pulumi.Resource;
  vaultName: pulumi.Input<string>;
  vaultUri: pulumi.Input<string>;
  /** At least one, the current one last; see rotation.ts. */
  terms: readonly ClientSecretTerm[];
  tags: Record<string, string>;
}

const SECRET_NAME = "entra-client-secret";

/**
 * The client secret of the daemon's registration, made by Entra and put into the vault; nobody sees it. While a
 * predecessor is valid it stays in Entra, so that whoever copied it has until its end. The value lies in the stack's
 * state too, encrypted.
 */
export class ClientSecret extends pulumi.ComponentResource {
  /** Address of the vault's secret, without version: a rotation does not change it. */
  readonly secretUri: pulumi.Output<string>;
  readonly stored: pulumi.Resource;

  constructor(name: string, args: ClientSecretArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:ClientSecret", name, {}, options);
    const secrets: azuread.ApplicationPassword[] = [];
    for (const term of args.terms) {
      secrets.push(
        new azuread.ApplicationPassword(`${name}-${term.number}`, passwordArgs(args.applicationId, term), {
          parent: this,
          // Graph refuses concurrent writes about one application.
          ...(secrets.length === 0 ? waitingFor(options) : { dependsOn: secrets.slice(-1) }),
        }),
      );
    }
    const current = args.terms.at(-1);
    const value = secrets.at(-1)?.value;
    if (current === undefined || value === undefined) throw new Error("no term of a client secret was given");
    this.stored = new Secret(
      name,
      {
        resourceGroupName: args.resourceGroupName,
        vaultName: args.vaultName,
        secretName: SECRET_NAME,
        properties: {
          value: pulumi.secret(value),
          contentType: `client secret ${current.number} of the app registration`,
          attributes: { enabled: true, expires: Date.parse(current.endsAt) / 1000 },
        },
        tags: args.tags,
      },
      // A secret is deleted over the vault's own endpoint, which a firewall may keep from whoever deploys.
      { parent: this, deletedWith: args.vault, additionalSecretOutputs: ["properties"] },
    );
    this.secretUri = pulumi.interpolate`${args.vaultUri}secrets/${SECRET_NAME}`;
    this.registerOutputs({ secretUri: this.secretUri });
  }
}

export function passwordArgs(
  applicationId: pulumi.Input<string>,
  term: ClientSecretTerm,
): azuread.ApplicationPasswordArgs {
  return { applicationId, displayName: `watchbell-${term.number}`, startDate: term.startsAt, endDate: term.endsAt };
}
