/**
 * The simulated Azure's inner contract: the parts (Entra, ARM store, RBAC, AlertsManagement, action groups, faults)
 * share one `World` and answer requests through one list of routes. Nothing outside src/sandbox imports this.
 */

/** One deployed ARM resource: the body as ARM would store it (`{id, name, type, location, tags, properties, …}`). */
export interface ArmResource {
  /** Full ARM id in the spelling of the one who put it. */
  id: string;
  type: string;
  apiVersion: string;
  /** The body as put, ARM shape (`properties` not flattened), plus `id`, `name`, `type`. */
  body: Record<string, unknown>;
}

/** What is deployed. Ids are compared without regard to case, as ARM does. */
export interface ResourceStore {
  put(resource: ArmResource): void;
  get(id: string): ArmResource | undefined;
  delete(id: string): boolean;
  /** All resources of a type (case ignored; `*` = of every type), optionally at or below a scope id. */
  list(type: string, scope?: string): ArmResource[];
}

/** An Entra application as deployed: what tokens, roles and sign-in need. */
export interface DirectoryApplication {
  /** Object id of the application. */
  objectId: string;
  clientId: string;
  displayName: string;
  identifierUris: string[];
  redirectUris: string[];
  requestedAccessTokenVersion: 1 | 2;
  appRoles: { id: string; value: string; displayName: string; allowedMemberTypes: string[] }[];
  /** Trusts of other issuers: federated credentials. */
  federatedCredentials: { issuer: string; subject: string; audiences: string[] }[];
  /** Client secrets: digest and expiry, epoch milliseconds. */
  secrets: { value: string; expiresAt: number }[];
}

export interface DirectoryServicePrincipal {
  objectId: string;
  clientId: string;
  displayName: string;
  appRoleAssignmentRequired: boolean;
  /** user-assigned identities are service principals without an application of ours. */
  kind: "application" | "managed-identity" | "first-party";
}

export interface DirectoryUser {
  objectId: string;
  displayName: string;
  userPrincipalName: string;
}

/** An app role given to a principal (user or service principal) on a resource's service principal. */
export interface AppRoleGrant {
  principalObjectId: string;
  resourceObjectId: string;
  appRoleId: string;
}

/** The simulated tenant. */
export interface Directory {
  tenantId: string;
  applications: DirectoryApplication[];
  servicePrincipals: DirectoryServicePrincipal[];
  users: DirectoryUser[];
  grants: AppRoleGrant[];
}

/** Who calls: the object id and client id of a verified token; `owner` may do everything in ARM. */
export interface Principal {
  objectId: string;
  clientId: string;
  displayName: string;
  owner: boolean;
  /** The fault `403` is on for this request: no role counts. */
  denied?: boolean;
}

export interface SandboxRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
  /** True when it arrived by TLS (ARM, token) and false for the plain pages of a browser. */
  secure: boolean;
  /** Display name of the caller for the request log, set once a token or a client secret was verified. */
  caller?: string;
  /** Set by the fault `403`: whoever is authenticated by this request is denied everything. */
  denied?: boolean;
}

export interface SandboxResponse {
  status: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON; a string or buffer as it is. */
  body?: unknown;
}

/** Switches of `POST /sandbox/faults`. */
export type FaultKind = "429" | "5xx" | "403" | "slow" | "lostAnswer" | "duplicate" | "staleEtag" | "expiredSecret";

export interface Fault {
  /** For example `AlertsManagement.changestate`, `AlertsManagement.list`, `Entra.token`, `ActionGroup.webhook`. */
  operation: string;
  fault: FaultKind;
  /** How many calls it hits; null = until cleared. */
  timesLeft: number | null;
  /** `slow`: how long, milliseconds. Also delays the others when given. */
  afterMs: number;
  /** `429` and `5xx`: value of Retry-After, seconds; null = header left out. */
  retryAfterSeconds: number | null;
}

/** One line of `GET /sandbox/requests`. */
export interface RequestLogEntry {
  /** ISO 8601. */
  at: string;
  method: string;
  path: string;
  /** Display name or client id of the caller; null when unknown. */
  principal: string | null;
  status: number;
}

/** Everything the parts share. `now()` is epoch milliseconds. */
export interface World {
  now(): number;
  newId(): string;
  directory: Directory;
  resources: ResourceStore;
  faults: Fault[];
  requests: RequestLogEntry[];
  /** Origins, known once the servers listen; no trailing slash. */
  origins: { secure: string; plain: string };
  subscriptionId: string;
  /** Log Analytics workspace (customer id). */
  workspaceId: string;
  state: StateFolder;
}

/** What the sandbox remembers between starts: one JSON file a name in the data folder, written soon after a change. */
export interface StateFolder {
  load(name: string): unknown;
  save(name: string, snapshot: () => unknown): void;
}

/** A part answers the requests that are its own and returns undefined for the rest. */
export interface SandboxPart {
  handle(request: SandboxRequest): Promise<SandboxResponse | undefined>;
  /**
   * The operation a request is, for the fault switches (`AlertsManagement.list`); only for requests that `handle`
   * answers. The server applies the fault, the part does nothing else for it.
   */
  operationOf?(request: SandboxRequest): string | undefined;
  /** The part's own words for a fault that is an error answer; ARM's words are the default. */
  faultAnswer?(fault: Fault, request: SandboxRequest): SandboxResponse | undefined;
}
