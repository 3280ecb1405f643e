import { randomUUID } from "node:crypto";
import type { SandboxResponse } from "../world.ts";

/**
 * Entra's error codes that the sandbox answers with: OAuth error, HTTP status and text. Texts follow Microsoft's
 * "AADSTS error codes" reference; `{0}`… are filled in.
 */
const ENTRA_ERRORS = {
  50011: [
    "invalid_request",
    400,
    "The redirect URI '{0}' specified in the request does not match the redirect URIs configured for the application '{1}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
  ],
  50027: ["invalid_request", 400, "JWT token is invalid or malformed."],
  50034: [
    "invalid_grant",
    400,
    "The user account {0} does not exist in the directory. To sign into this application, the account must be added to the directory.",
  ],
  50058: ["login_required", 400, "Session information is not sufficient for single-sign-on."],
  50105: [
    "invalid_grant",
    400,
    "Your administrator has configured the application '{0}' to block users unless they are specifically granted ('assigned') access to the application.",
  ],
  54005: [
    "invalid_grant",
    400,
    "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
  ],
  65001: [
    "invalid_grant",
    400,
    "The user or administrator has not consented to use the application with ID '{0}'. Send an interactive authorization request for this user and resource.",
  ],
  70000: ["invalid_grant", 400, "Provided grant is invalid or malformed."],
  70003: ["unsupported_grant_type", 400, "The app requested an unsupported grant type '{0}'."],
  70008: [
    "invalid_grant",
    400,
    "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
  ],
  70011: [
    "invalid_scope",
    400,
    "The provided value for the input parameter 'scope' is not valid. The scope {0} is not valid.",
  ],
  90002: [
    "invalid_request",
    400,
    "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
  ],
  90014: [
    "invalid_request",
    400,
    "The required field '{0}' is missing from the credential. Ensure that you have all the necessary parameters for the login request.",
  ],
  90033: ["temporarily_unavailable", 503, "A transient error has occurred. Please try again."],
  90055: [
    "temporarily_unavailable",
    429,
    "There are too many incoming requests. This exception is thrown for blocked tenants.",
  ],
  500011: [
    "invalid_resource",
    400,
    "The resource principal named {0} was not found in the tenant named {1}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
  ],
  501051: ["invalid_grant", 400, "Application '{0}'({1}) is not assigned to a role for the application '{2}'({3})."],
  501481: [
    "invalid_grant",
    400,
    "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
  ],
  700016: [
    "unauthorized_client",
    400,
    "Application with identifier '{0}' was not found in the directory '{1}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
  ],
  700024: [
    "invalid_client",
    401,
    "Client assertion is not within its valid time range. Current time: {0}, expiry time of assertion {1}.",
  ],
  700027: [
    "invalid_client",
    401,
    "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]",
  ],
  700054: ["unsupported_response_type", 400, "response_type '{0}' is not enabled for the application."],
  700211: [
    "invalid_client",
    401,
    "No matching federated identity record found for presented assertion issuer '{0}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
  ],
  700212: [
    "invalid_client",
    401,
    "No matching federated identity record found for presented assertion audience '{0}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
  ],
  700213: [
    "invalid_client",
    401,
    "No matching federated identity record found for presented assertion subject '{0}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
  ],
  7000112: ["unauthorized_client", 403, "Application '{0}' is disabled."],
  7000215: [
    "invalid_client",
    401,
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{0}'.",
  ],
  7000218: [
    "invalid_client",
    401,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  ],
  7000222: [
    "invalid_client",
    401,
    "The provided client secret keys for app '{0}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
  ],
  9002325: [
    "invalid_request",
    400,
    "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
  ],
} as const satisfies Record<number, readonly [error: string, status: number, text: string]>;

export type EntraErrorCode = keyof typeof ENTRA_ERRORS;

/** A refusal of Entra; `values` fill the text's places and hold no secret. */
export class EntraError extends Error {
  readonly code: EntraErrorCode;
  readonly error: string;
  readonly status: number;
  constructor(code: EntraErrorCode, ...values: string[]) {
    const [error, status, text] = ENTRA_ERRORS[code];
    super(`AADSTS${code}: ${text.replace(/\{(\d)\}/g, (_, index) => values[Number(index)] ?? "")}`);
    this.name = "EntraError";
    this.code = code;
    this.error = error;
    this.status = status;
  }
}

/** The token endpoint's error envelope. `now` is epoch milliseconds. */
export function entraErrorAnswer(failure: EntraError, now: number): SandboxResponse {
  const traceId = randomUUID();
  const correlationId = randomUUID();
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace("T", " ")}Z`;
  return {
    status: failure.status,
    headers: { "cache-control": "no-store", pragma: "no-cache" },
    body: {
      error: failure.error,
      error_description: `${failure.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [failure.code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${failure.code}`,
    },
  };
}
