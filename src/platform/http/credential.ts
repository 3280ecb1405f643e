import type { TokenCredential } from "@azure/core-auth";
import { ClientAssertionCredential, ClientSecretCredential, ManagedIdentityCredential } from "@azure/identity";
import type { Secret } from "../secret.ts";

/** How the daemon signs in: the settings `entra.*` as plain options. */
export interface CredentialOptions {
  kind: "federated" | "secret" | "managed-identity";
  tenantId: string;
  /** Client id of the app registration; unused for `managed-identity`. */
  clientId: string;
  /** Needed for `secret`. */
  clientSecret?: Secret;
  /** Client id of the user-assigned identity; absent = the system-assigned one. */
  managedIdentityClientId?: string;
  /** For example `https://login.microsoftonline.com`. */
  authorityHost: string;
}

/** Microsoft's sign-in hosts and what each expects as audience of a managed identity's assertion. */
const EXCHANGE_SCOPES: Readonly<Record<string, string>> = {
  "login.microsoftonline.com": "api://AzureADTokenExchange/.default",
  "login.microsoftonline.us": "api://AzureADTokenExchangeUSGov/.default",
  "login.partner.microsoftonline.cn": "api://AzureADTokenExchangeChina/.default",
  "login.chinacloudapi.cn": "api://AzureADTokenExchangeChina/.default",
};
const DEFAULT_EXCHANGE_SCOPE = "api://AzureADTokenExchange/.default";

/**
 * Builds the credential; no request is made here. `federated` needs no secret: the managed identity's token is the
 * client assertion, trusted by the app registration's federated credential. Throws when `secret` comes without one.
 */
export function createCredential(options: CredentialOptions): TokenCredential {
  const { tenantId, clientId } = options;
  switch (options.kind) {
    case "federated":
      return new ClientAssertionCredential(tenantId, clientId, createAssertion(options), authorityOptions(options));
    case "secret": {
      if (!options.clientSecret) throw new Error("the credential `secret` needs a client secret");
      return new ClientSecretCredential(tenantId, clientId, options.clientSecret.reveal(), authorityOptions(options));
    }
    case "managed-identity":
      return createManagedIdentity(options);
  }
}

/** The managed identity's token as client assertion: what the federated credential trusts. */
export function createAssertion(options: CredentialOptions): () => Promise<string> {
  const identity = createManagedIdentity(options);
  const scope = EXCHANGE_SCOPES[new URL(options.authorityHost).hostname] ?? DEFAULT_EXCHANGE_SCOPE;
  return async () => (await identity.getToken(scope)).token;
}

function createManagedIdentity({ managedIdentityClientId }: CredentialOptions): ManagedIdentityCredential {
  return managedIdentityClientId === undefined
    ? new ManagedIdentityCredential()
    : new ManagedIdentityCredential({ clientId: managedIdentityClientId });
}

/** Instance discovery asks Microsoft whether the host is Microsoft's: pointless for any other, and a foreign request. */
function authorityOptions({ authorityHost }: CredentialOptions) {
  return { authorityHost, disableInstanceDiscovery: !(new URL(authorityHost).hostname in EXCHANGE_SCOPES) };
}

/** A function that answers the managed identity's own token for `scope`; nothing is asked before it is called. */
export function createManagedIdentityToken(scope: string, clientId: string | undefined): () => Promise<string> {
  return async () => {
    const identity =
      clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
    return (await identity.getToken(scope)).token;
  };
}
