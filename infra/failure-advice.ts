/**
 * What to do about the refusals of Azure and Entra that deployments meet: the setting to change, or the command. In: the
 * text of an error. Out: one sentence, or undefined for an error that we know nothing about. The patterns are codes and
 * phrases that the services were seen to answer; docs/deploy.md lists the same.
 */

interface Advice {
  readonly when: RegExp;
  /** `$1` is what the pattern's group caught. */
  readonly advice: string;
}

const ADVICE: readonly Advice[] = [
  {
    when: /not registered to use (?:namespace|the namespace)? ?'?([A-Za-z.]+)'?/i,
    advice: "register the provider once for the subscription: az provider register --namespace $1 --wait",
  },
  {
    when: /TasksOperationsNotAllowed/,
    advice:
      "this subscription may not build: set watchbell:image to an image built elsewhere, and remove watchbell:buildFrom",
  },
  {
    when: /AadWebhookResourceNotOwnedByCaller/,
    advice:
      "whoever deploys is not an owner of the worker's app registration: add their object id to watchbell:owners (of the hub) and deploy that once as an owner",
  },
  {
    when: /does not have authorization to perform action '(Microsoft\.Authorization\/locks\/\w+)'/,
    advice: "$1 needs Owner or User Access Administrator; or set watchbell:locks false",
  },
  {
    when: /does not have authorization to perform action '(Microsoft\.Authorization\/role\w+\/\w+)'/,
    advice: "$1 needs Owner or User Access Administrator on the subscription, beside Contributor",
  },
  {
    when: /Authorization_RequestDenied|Insufficient privileges to complete the operation/,
    advice:
      "Entra refused: you need Application Administrator, and Privileged Role Administrator for roles of Microsoft Graph; or set watchbell:graphGrants manual and let an administrator run the printed commands",
  },
  {
    when: /RoleDefinitionWithSameNameExists|cannot be updated with a name that already exists/,
    advice:
      "names of roles are unique in the tenant and another stack has this one: choose another watchbell:environment",
  },
  {
    when: /LocationIsOfferRestricted|'Version' should be in: \[\]/,
    advice:
      "this subscription may not make PostgreSQL servers in that region: choose another watchbell:location, ask Azure for quota, or bring a database (watchbell:databaseSecretUri)",
  },
  {
    when: /geo-?redundant ?backup/i,
    advice: "the region has no pair for backups: set watchbell:databaseGeoBackup false",
  },
  {
    when: /zone-?redundan|availability zones? (?:is|are) not supported/i,
    advice:
      "the region or database size has no zones: set watchbell:zoneRedundant false, or choose another watchbell:location",
  },
  {
    when: /LocationNotAvailableForResourceType|NoRegisteredProviderFound|not available in (?:the )?(?:location|region)/i,
    advice: "the region does not offer this service: choose another watchbell:location",
  },
  {
    when: /RequestDisallowedByPolicy/,
    advice:
      'a policy of the subscription forbids it; an "allowed locations" policy must list `global` beside watchbell:location, a tag policy is met by watchbell:tags',
  },
  {
    when: /unable to pull image|ImagePull|MANIFEST_UNKNOWN/i,
    advice:
      "the image is missing or its registry asks for credentials: check watchbell:image, set watchbell:registry, or wait ten minutes for the right to pull and run up again",
  },
  {
    when: /unable to (?:get value|fetch secret)[^.]* using Managed identity/i,
    advice: "the right to read the vault is not effective yet: run up again in ten minutes",
  },
  {
    when: /AadAuthOperationCannotBePerformedWhenServerIsNotAccessible/,
    advice: "the new database server is not ready for its administrator: run up again in ten minutes",
  },
  {
    when: /RoleDefinitionHasAssignments|RoleScopeBeingRemovedContainsAssignments/,
    advice: "somebody assigned the custom role by hand: take that back (az role assignment list --all), then run again",
  },
  {
    when: /RoleAssignmentUpdateNotPermitted|RoleAssignmentExists/,
    advice: "the assignment was made or changed outside this stack: delete it by hand, then run up again",
  },
  {
    when: /cannot create already existing resource|already exists .*import/is,
    advice: "it exists outside this stack's state: pulumi import it as the error says, or delete it",
  },
  {
    when: /ScopeLocked/,
    advice: "a lock is not gone yet, or is not ours: run again in a few minutes, or remove it",
  },
  {
    when: /InUseSubnetCannotBeDeleted|subnet .* in use/i,
    advice: "Azure still holds the subnet of the removed environment: run destroy again in an hour",
  },
  {
    when: /QuotaExceeded|quota/i,
    advice: "a quota of the subscription is used up: ask Azure for more, or choose another watchbell:location",
  },
];

/** The first advice whose pattern is in the text. */
export function adviceFor(error: string): string | undefined {
  for (const { when, advice } of ADVICE) {
    const match = when.exec(error);
    if (match !== null) return advice.replace("$1", match[1] ?? "");
  }
  return undefined;
}
