import { AzureError, type TokenAdvice } from "../platform/http/azure-error.ts";
import type { Explanation } from "./check.ts";
import { explainNetwork } from "./network-failure.ts";

/** Whom a refusal is about: names for the sentences. */
export interface Registration {
  /** How people know it: `the daemon's app registration`. */
  name: string;
  clientId: string;
  tenantId: string;
  /** Variables that hold what may be wrong. */
  variables: { clientId: string; secret: string };
}

/** A sentence for each of the words of platform/http/azure-error.ts. */
const TOKEN_ADVICE: Readonly<Record<TokenAdvice, (of: Registration) => string>> = {
  "secret-expired": ({ name, clientId, variables }) =>
    `Make a new client secret for ${name} ${clientId} (Entra > App registrations > Certificates & secrets) and set it in ${variables.secret}, or use the managed identity, which needs no secret`,
  "secret-wrong": ({ name, clientId, variables }) =>
    `Set ${variables.secret} to the value (not the id) of a client secret of ${name} ${clientId}`,
  "application-unknown": ({ name, tenantId, variables }) =>
    `Check ${variables.clientId} and WATCHBELL_ENTRA_TENANT_ID: ${name} must exist in the tenant ${tenantId} and have a service principal there`,
  "application-disabled": ({ name, clientId }) =>
    `Enable sign-in for ${name} ${clientId} (Entra > Enterprise applications > Properties)`,
  "tenant-wrong": ({ tenantId }) =>
    `Set WATCHBELL_ENTRA_TENANT_ID to your tenant's id and WATCHBELL_ENTRA_AUTHORITY_HOST to its cloud: Entra does not know the tenant ${tenantId}`,
  "federation-mismatch": ({ name, clientId, tenantId }) =>
    `Give ${name} ${clientId} a federated credential with issuer https://login.microsoftonline.com/${tenantId}/v2.0, the managed identity's object id as subject and audience api://AzureADTokenExchange (deploy again does it); a new one takes some minutes to work`,
  "clock-wrong": () => "Correct this machine's clock (time synchronisation)",
  "consent-missing": ({ name, clientId }) =>
    `Let an administrator consent to ${name} ${clientId} (Entra > Enterprise applications > Permissions)`,
  "resource-unknown": () => "Check the scope in the settings: the tenant has no application of that address",
  wait: () => "Entra throttles or has trouble: wait some minutes and run the doctor again",
};

/** Why no token was given. `error` is what the credential threw, passed through `fromTokenFailure`, or a timeout. */
export function explainToken(error: unknown, registration: Registration): Explanation {
  if (error instanceof AzureError && error.advice !== null) {
    return { finding: withoutTrace(error.message), advice: TOKEN_ADVICE[error.advice](registration) };
  }
  const network = explainNetwork(error);
  if (network !== undefined) return network;
  const finding = error instanceof Error ? withoutTrace(error.message) : String(error);
  const advice = `Look the code up at https://login.microsoftonline.com/error and check ${registration.variables.clientId} and WATCHBELL_ENTRA_CREDENTIAL`;
  return { finding, advice };
}

/** Entra's sentence without the ids of the request that follow it. */
function withoutTrace(message: string): string {
  return message.replace(/\s*(?:- )?Trace ID: .*/s, "");
}

/** What a call needed: the action of the permissions table at a scope. */
export interface Need {
  action: string;
  /** ARM id. */
  scope: string;
  why: string;
}

/** Why Azure Resource Manager or Log Analytics refused a call. Codes are those of ARM's error envelope. */
export function explainCall(error: unknown, need: Need): Explanation {
  const network = explainNetwork(error);
  if (network !== undefined) return network;
  if (!(error instanceof AzureError)) return { finding: String(error), advice: "Run the doctor again" };
  const finding = `Azure refused with ${error.code}${error.status === null ? "" : ` (${error.status})`}`;
  if (error.status === 403) {
    const advice = `Give the worker's role the action ${need.action} at the scope ${need.scope} (deploy again does it; it takes up to ten minutes to work). Without it: ${need.why}`;
    return { finding: `the action ${need.action} is not allowed at ${need.scope} (${error.code})`, advice };
  }
  if (error.status === 401)
    return { finding, advice: "Check tenant, endpoint and token scope: the token is not accepted" };
  if (error.status === 429) return { finding, advice: `Azure throttles: run the doctor again ${later(error)}` };
  if (error.code === "MissingSubscriptionRegistration") {
    const [namespace] = need.action.split("/");
    return { finding, advice: `Run \`az provider register --namespace ${namespace}\` in the subscription` };
  }
  if (error.retryable)
    return { finding: `${finding}: ${error.message}`, advice: "Azure has trouble: run the doctor again later" };
  return { finding: `${finding}: ${error.message}`, advice: "Check the endpoint in the settings" };
}

const later = ({ retryAfterSeconds }: AzureError) =>
  retryAfterSeconds === null ? "in a minute" : `after ${retryAfterSeconds} s`;
