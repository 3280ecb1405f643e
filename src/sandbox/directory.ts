import { z } from "zod";
import { observed } from "./observed.ts";
import type {
  Directory,
  DirectoryApplication,
  DirectoryServicePrincipal,
  DirectoryUser,
  StateFolder,
} from "./world.ts";

const STATE_NAME = "directory";
const DEMO_PEOPLE = ["Ana Ribeiro", "Ben Okafor", "Cem Yıldız", "Dana Weiss", "Elif Arslan"];
/** The domain of RFC 6761 that belongs to nobody. */
const DEMO_DOMAIN = "watchbell.example";

/** The first-party application that calls secure webhooks of action groups. */
export const AZURE_MONITOR_CLIENT_ID = "461e8683-5575-4561-ac7f-899cc907d62a";

const storedDirectory = z.object({
  tenantId: z.string(),
  applications: z.array(
    z.object({
      objectId: z.string(),
      clientId: z.string(),
      displayName: z.string(),
      identifierUris: z.array(z.string()),
      redirectUris: z.array(z.string()),
      requestedAccessTokenVersion: z.union([z.literal(1), z.literal(2)]),
      appRoles: z.array(
        z.object({
          id: z.string(),
          value: z.string(),
          displayName: z.string(),
          allowedMemberTypes: z.array(z.string()),
        }),
      ),
      federatedCredentials: z.array(
        z.object({ issuer: z.string(), subject: z.string(), audiences: z.array(z.string()) }),
      ),
      secrets: z.array(z.object({ value: z.string(), expiresAt: z.number() })),
    }),
  ),
  servicePrincipals: z.array(
    z.object({
      objectId: z.string(),
      clientId: z.string(),
      displayName: z.string(),
      appRoleAssignmentRequired: z.boolean(),
      kind: z.enum(["application", "managed-identity", "first-party"]),
    }),
  ),
  users: z.array(z.object({ objectId: z.string(), displayName: z.string(), userPrincipalName: z.string() })),
  grants: z.array(z.object({ principalObjectId: z.string(), resourceObjectId: z.string(), appRoleId: z.string() })),
});

/** Who is there from the beginning: the tenant's id and the principal that owns the subscription. */
export interface DirectorySeed {
  tenantId: string;
  owner: { objectId: string; clientId: string };
  newId(): string;
}

/** The tenant: as remembered, else with the demo people, Azure Monitor and the owner. Every change is remembered. */
export function createDirectory(state: StateFolder, seed: DirectorySeed): Directory {
  const remembered = state.load(STATE_NAME);
  const directory: Directory = remembered === undefined ? newDirectory(seed) : storedDirectory.parse(remembered);
  const save = () => state.save(STATE_NAME, () => directory);
  if (remembered === undefined) save();
  return observed(directory, save);
}

function newDirectory({ tenantId, owner, newId }: DirectorySeed): Directory {
  const principal = (
    ids: { objectId: string; clientId: string },
    displayName: string,
    kind: DirectoryServicePrincipal["kind"],
  ): DirectoryServicePrincipal => ({ ...ids, displayName, kind, appRoleAssignmentRequired: false });
  return {
    tenantId,
    applications: [],
    servicePrincipals: [
      principal({ objectId: newId(), clientId: AZURE_MONITOR_CLIENT_ID }, "Azns AAD Webhook", "first-party"),
      principal(owner, "Subscription owner", "application"),
    ],
    users: DEMO_PEOPLE.map((displayName) => demoUser(displayName, newId())),
    grants: [],
  };
}

function demoUser(displayName: string, objectId: string): DirectoryUser {
  const plain = displayName.replaceAll("ı", "i").normalize("NFD").replace(/\p{M}/gu, "");
  return {
    objectId,
    displayName,
    userPrincipalName: `${plain.toLowerCase().replaceAll(" ", ".")}@${DEMO_DOMAIN}`,
  };
}

const same = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();

export function findApplication(directory: Directory, clientId: string): DirectoryApplication | undefined {
  return directory.applications.find((application) => same(application.clientId, clientId));
}

export function findServicePrincipal(directory: Directory, clientId: string): DirectoryServicePrincipal | undefined {
  return directory.servicePrincipals.find((principal) => same(principal.clientId, clientId));
}

/** The application that a token's resource names: by client id, by App ID URI or by the default `api://{clientId}`. */
export function findResourceApplication(directory: Directory, resource: string): DirectoryApplication | undefined {
  return directory.applications.find(
    ({ clientId, identifierUris }) => same(clientId, resource) || identifierUris.some((uri) => same(uri, resource)),
  );
}

/** Values of the app roles that a principal (user or service principal) holds on an application. */
export function rolesOf(directory: Directory, principalObjectId: string, application: DirectoryApplication): string[] {
  const resource = findServicePrincipal(directory, application.clientId);
  if (resource === undefined) return [];
  const granted = directory.grants.filter(
    (grant) => same(grant.principalObjectId, principalObjectId) && same(grant.resourceObjectId, resource.objectId),
  );
  return application.appRoles
    .filter((role) => granted.some((grant) => same(grant.appRoleId, role.id)))
    .map((role) => role.value);
}
