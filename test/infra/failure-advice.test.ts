import { describe, expect, it } from "vitest";
import { adviceFor } from "../../infra/failure-advice.ts";

/** Texts as the services were seen to write them, and a word of the way out. */
const REFUSALS: readonly [error: string, way: string][] = [
  [
    "The subscription is not registered to use namespace 'Microsoft.App'. See https://aka.ms/rps-not-found",
    "az provider register --namespace Microsoft.App",
  ],
  ['Code="MissingSubscriptionRegistration" not registered to use microsoft.insights', "--namespace microsoft.insights"],
  ["TasksOperationsNotAllowed: ACR Tasks requests for the registry are not permitted", "watchbell:image"],
  ["AadWebhookResourceNotOwnedByCaller: The AAD Webhook resource is not owned", "watchbell:owners"],
  [
    "The client 'x' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope",
    "User Access Administrator",
  ],
  [
    "The client 'x' does not have authorization to perform action 'Microsoft.Authorization/locks/write' over scope",
    "watchbell:locks false",
  ],
  ["Authorization_RequestDenied: Insufficient privileges to complete the operation.", "watchbell:graphGrants manual"],
  ["RoleDefinitionWithSameNameExists", "watchbell:environment"],
  [
    "LocationIsOfferRestricted: Subscriptions are restricted from provisioning in location",
    "watchbell:databaseSecretUri",
  ],
  ["The value of the 'Version' should be in: []", "watchbell:location"],
  ["Geo-redundant backup is not supported in this region", "watchbell:databaseGeoBackup false"],
  ["ZoneRedundant high availability is not supported", "watchbell:zoneRedundant false"],
  ["LocationNotAvailableForResourceType: The provided location is not available", "watchbell:location"],
  ["RequestDisallowedByPolicy: Resource 'x' was disallowed by policy", "global"],
  ["unable to pull image using Managed identity", "watchbell:registry"],
  ["Unable to get value using Managed identity /subscriptions/x for secret database-url", "run up again"],
  ["AadAuthOperationCannotBePerformedWhenServerIsNotAccessible", "run up again"],
  ["RoleDefinitionHasAssignments: There are existing role assignments", "az role assignment list"],
  ["cannot create already existing resource '/subscriptions/x'", "pulumi import"],
  ["ScopeLocked: The scope cannot perform delete operation", "lock"],
  ["InUseSubnetCannotBeDeleted: Subnet workers is in use", "destroy again"],
];

describe("a refusal that is known", () => {
  it.each(REFUSALS)("is followed by what to do: %s", (error, way) => {
    expect(adviceFor(error)).toContain(way);
  });
});

describe("a refusal that is not known", () => {
  it("gets no advice", () => {
    expect(adviceFor("500 InternalServerError")).toBeUndefined();
  });
});
