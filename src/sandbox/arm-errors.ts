import type { SandboxResponse } from "./world.ts";

/** ARM's error envelope (common-types v5 `ErrorResponse`). */
export function armError(status: number, code: string, message: string): SandboxResponse {
  return { status, body: { error: { code, message } } };
}

/** 403 in ARM's words; the spelling of action and scope is the caller's. */
export function authorizationFailed(
  principal: { clientId: string; objectId: string },
  action: string,
  scope: string,
): SandboxResponse {
  return armError(
    403,
    "AuthorizationFailed",
    `The client '${principal.clientId}' with object id '${principal.objectId}' does not have authorization to ` +
      `perform action '${action}' over scope '${scope}' or the scope is invalid. ` +
      "If access was recently granted, please refresh your credentials.",
  );
}

export const missingApiVersion = (): SandboxResponse =>
  armError(
    400,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
  );

export const invalidApiVersion = (version: string, supported: readonly string[]): SandboxResponse =>
  armError(
    400,
    "InvalidApiVersionParameter",
    `The api-version '${version}' is invalid. The supported versions are '${[...supported].reverse().join(",")}'.`,
  );

export const noRegisteredProvider = (
  location: string,
  version: string,
  type: string,
  supported: readonly string[],
): SandboxResponse =>
  armError(
    400,
    "NoRegisteredProviderFound",
    `No registered resource provider found for location '${location}' and API version '${version}' for type ` +
      `'${type}'. The supported api-versions are '${[...supported].reverse().join(", ")}'. ` +
      "The supported locations are ''.",
  );

export const invalidNamespace = (namespace: string): SandboxResponse =>
  armError(404, "InvalidResourceNamespace", `The resource namespace '${namespace}' is invalid.`);

export const invalidType = (namespace: string, type: string, version: string): SandboxResponse =>
  armError(
    404,
    "InvalidResourceType",
    `The resource type '${type}' could not be found in the namespace '${namespace}' for api version '${version}'.`,
  );

export const subscriptionNotFound = (subscriptionId: string): SandboxResponse =>
  armError(404, "SubscriptionNotFound", `The subscription '${subscriptionId}' could not be found.`);

export const groupNotFound = (group: string): SandboxResponse =>
  armError(404, "ResourceGroupNotFound", `Resource group '${group}' could not be found.`);

export const resourceNotFound = (resource: string, group: string | undefined): SandboxResponse =>
  armError(
    404,
    "ResourceNotFound",
    `The Resource '${resource}' under resource group '${group ?? "<null>"}' was not found. ` +
      "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  );

export const invalidContent = (reason: string): SandboxResponse =>
  armError(400, "InvalidRequestContent", `The request content was invalid and could not be deserialized: '${reason}'.`);
