import type { RegisteredResource } from "./deployed-arm.ts";
import type { AppRoleGrant, Directory, DirectoryApplication, DirectoryServicePrincipal } from "./world.ts";

/** What a deployment adds to the tenant, gathered first so that nobody sees a half-made application. */
export interface DirectoryChanges {
  applications: DirectoryApplication[];
  servicePrincipals: DirectoryServicePrincipal[];
  grants: AppRoleGrant[];
}

export interface DeployedObject {
  id: string;
  /** What the program may read of it. */
  state: Record<string, unknown>;
}

type Inputs = Readonly<Record<string, unknown>>;
/** Adds one registration to the changes; `guid` makes deterministic ids. */
type Apply = (changes: DirectoryChanges, inputs: Inputs, guid: (name: string) => string) => DeployedObject;

const APPLY: Readonly<Record<string, Apply>> = {
  "azuread:index/applicationRegistration:ApplicationRegistration": (changes, inputs, guid) => {
    const displayName = String(inputs["displayName"]);
    const application: DirectoryApplication = {
      objectId: guid(`application/${displayName}`),
      clientId: guid(`client/${displayName}`),
      displayName,
      identifierUris: [],
      redirectUris: [],
      requestedAccessTokenVersion: inputs["requestedAccessTokenVersion"] === 2 ? 2 : 1,
      appRoles: [],
      federatedCredentials: [],
      secrets: [],
    };
    changes.applications.push(application);
    const { objectId, clientId } = application;
    return { id: `/applications/${objectId}`, state: { ...inputs, objectId, clientId } };
  },
  "azuread:index/applicationAppRole:ApplicationAppRole": part((application, inputs) => {
    application.appRoles.push({
      id: String(inputs["roleId"]),
      value: String(inputs["value"]),
      displayName: String(inputs["displayName"]),
      allowedMemberTypes: inputs["allowedMemberTypes"] as string[],
    });
  }),
  "azuread:index/applicationIdentifierUri:ApplicationIdentifierUri": part((application, inputs) => {
    application.identifierUris.push(String(inputs["identifierUri"]));
  }),
  "azuread:index/applicationRedirectUris:ApplicationRedirectUris": part((application, inputs) => {
    application.redirectUris.push(...(inputs["redirectUris"] as string[]));
  }),
  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": part(
    (application, inputs) => {
      application.federatedCredentials.push({
        issuer: String(inputs["issuer"]),
        subject: String(inputs["subject"]),
        audiences: inputs["audiences"] as string[],
      });
    },
  ),
  "azuread:index/applicationPassword:ApplicationPassword": (changes, inputs, guid) => {
    const value = `sandbox~${guid(`password/${String(inputs["applicationId"])}/${String(inputs["displayName"])}`)}`;
    const add = part((application) => {
      application.secrets.push({ value, expiresAt: Date.parse(String(inputs["endDate"])) });
    });
    const { id, state } = add(changes, inputs, guid);
    return { id, state: { ...state, value } };
  },
  // The sandbox asks nobody's permission to change the directory, so owners have no effect there.
  "azuread:index/applicationOwner:ApplicationOwner": part(() => {}),
  "azuread:index/servicePrincipal:ServicePrincipal": (changes, inputs, guid) => {
    const clientId = String(inputs["clientId"]);
    const objectId = guid(`service-principal/${clientId}`);
    changes.servicePrincipals.push({
      objectId,
      clientId,
      displayName: changes.applications.find((each) => each.clientId === clientId)?.displayName ?? clientId,
      appRoleAssignmentRequired: inputs["appRoleAssignmentRequired"] === true,
      kind: "application",
    });
    return { id: `/servicePrincipals/${objectId}`, state: { ...inputs, objectId } };
  },
  "azuread:index/appRoleAssignment:AppRoleAssignment": (changes, inputs) => {
    const grant = {
      principalObjectId: String(inputs["principalObjectId"]),
      resourceObjectId: String(inputs["resourceObjectId"]),
      appRoleId: String(inputs["appRoleId"]),
    };
    changes.grants.push(grant);
    return { id: Object.values(grant).join("/"), state: { ...inputs } };
  },
};

/** A resource that is part of an application registered before. */
function part(add: (application: DirectoryApplication, inputs: Inputs) => void): Apply {
  return (changes, inputs, guid) => {
    const id = String(inputs["applicationId"]);
    const application = changes.applications.find((each) => `/applications/${each.objectId}` === id);
    if (application === undefined) throw new Error(`there is no application ${id}`);
    add(application, inputs);
    return { id: `${id}/${guid(JSON.stringify(inputs))}`, state: { ...inputs } };
  };
}

/** Adds a registration of the azuread provider to `changes`. Throws for a type that the sandbox has no mapping for. */
export function toDirectory(
  { type, inputs }: RegisteredResource,
  changes: DirectoryChanges,
  guid: (name: string) => string,
): DeployedObject {
  const apply = APPLY[type];
  if (apply === undefined) throw new Error(`the sandbox cannot hold ${type}`);
  return apply(changes, inputs, guid);
}

/** Brings changes into the tenant: what is there already is replaced (an application keeps secrets made by hand), no grant is doubled. */
export function applyToDirectory(directory: Directory, changes: DirectoryChanges): void {
  for (const application of changes.applications) {
    const known = directory.applications.find((each) => each.clientId === application.clientId)?.secrets ?? [];
    const made = known.filter(({ value }) => application.secrets.every((secret) => secret.value !== value));
    const secrets = [...made, ...application.secrets];
    replaceOrAdd(directory.applications, { ...application, secrets }, (each) => each.clientId);
  }
  for (const principal of changes.servicePrincipals) {
    replaceOrAdd(directory.servicePrincipals, principal, (each) => each.clientId);
  }
  const keyOf = (grant: AppRoleGrant) => `${grant.principalObjectId}/${grant.resourceObjectId}/${grant.appRoleId}`;
  for (const grant of changes.grants) replaceOrAdd(directory.grants, grant, keyOf);
}

function replaceOrAdd<T>(list: T[], item: T, keyOf: (item: T) => string): void {
  const index = list.findIndex((each) => keyOf(each) === keyOf(item));
  if (index < 0) list.push(item);
  else list[index] = item;
}
