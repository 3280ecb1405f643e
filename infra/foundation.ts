import type * as pulumi from "@pulumi/pulumi";
import { ClientSecret } from "./components/client-secret.ts";
import { DaemonRegistration } from "./components/daemon-registration.ts";
import { Database, type DatabaseNetwork } from "./components/database.ts";
import type { Observability } from "./components/observability.ts";
import { PrivateNetwork } from "./components/private-network.ts";
import type { Safeguards } from "./components/safeguards.ts";
import { SecretVault } from "./components/secret-vault.ts";
import { WorkerIdentity } from "./components/worker-identity.ts";
import type { FoundFirst } from "./full.ts";
import { observe } from "./operations.ts";
import { grantRights, type Rights } from "./rights.ts";
import { type ClientSecretTerm, secretTermsAt } from "./rotation.ts";
import type { Site } from "./site.ts";

/**
 * What a worker stands on: who it is, what it may do, where its secrets and alerts are kept. First the identities, because
 * rights for a new principal take minutes to work everywhere.
 */
export interface Foundation {
  identity: WorkerIdentity;
  logs: Observability;
  safe: Safeguards;
  daemon: DaemonRegistration;
  rights: Rights;
  /** undefined with `network: public`. */
  network: PrivateNetwork | undefined;
  vault: SecretVault;
  /** undefined with `credential: federated`. */
  secret: StoredSecret | undefined;
  /** undefined when the operator brings one. */
  database: Database | undefined;
}

export function layFoundation(site: Site, found: FoundFirst): Foundation {
  const { settings, names } = site;
  const identity = new WorkerIdentity("worker-identity", { ...site.place, identityName: names.identity });
  const logs = observe(site);
  const safe = { lock: settings.locks, logsTo: logs.workspaceResourceId };
  const daemon = registerDaemon(site, {
    azureMonitorObjectId: found.azureMonitorObjectId,
    ...(settings.credential === "federated" ? { trustedPrincipalId: identity.principalId } : {}),
  });
  const rights = grantRights(site, daemon.servicePrincipalId, found.graph);
  const network = layNetwork(site, logs);
  const subnetIds = network === undefined ? [] : [network.workerSubnetId];
  const vault = keepSecrets(site, { safe, subnetIds, readerPrincipalId: identity.principalId });
  const secret = settings.credential === "secret" ? makeSecret(site, daemon, vault) : undefined;
  const database = makeDatabase(site, { identity, network, safe });
  return { identity, logs, safe, daemon, rights, network, vault, secret, database };
}

type DaemonTrust = { azureMonitorObjectId?: string; trustedPrincipalId?: pulumi.Input<string> };

export function registerDaemon(site: Site, trust: DaemonTrust): DaemonRegistration {
  return new DaemonRegistration("daemon", {
    ...trust,
    displayName: site.names.daemonRegistration,
    notes: site.notes,
    audience: site.settings.audience,
    ownerObjectIds: site.ownerObjectIds,
    tenantId: site.tenant.tenantId,
  });
}

interface VaultAccess {
  safe: Safeguards;
  subnetIds: readonly pulumi.Input<string>[];
  readerPrincipalId?: pulumi.Input<string>;
}

export function keepSecrets(site: Site, { safe, subnetIds, ...access }: VaultAccess): SecretVault {
  const { settings, names } = site;
  return new SecretVault("vault", {
    ...site.place,
    ...site.tenant,
    ...safe,
    ...access,
    vaultPrefix: names.vaultPrefix,
    purgeProtection: settings.purgeProtection,
    allowed: { subnetIds, ips: settings.vaultAllowedIps },
  });
}

export interface StoredSecret {
  secret: ClientSecret;
  current: ClientSecretTerm;
}

export function makeSecret(site: Site, daemon: DaemonRegistration, vault: SecretVault): StoredSecret {
  const { secretsFrom = "", secretMonths } = site.settings;
  const terms = secretTermsAt(secretsFrom, Number(secretMonths), site.now);
  const secret = new ClientSecret(
    "client-secret",
    {
      resourceGroupName: site.place.resourceGroupName,
      tags: site.place.tags,
      applicationId: daemon.applicationId,
      vault: vault.vault,
      vaultName: vault.vaultName,
      vaultUri: vault.vaultUri,
      terms,
    },
    { dependsOn: daemon.complete },
  );
  return { secret, current: terms.at(-1) as ClientSecretTerm };
}

function layNetwork(site: Site, logs: Observability): PrivateNetwork | undefined {
  const { settings, names } = site;
  if (settings.network === "public") return undefined;
  return new PrivateNetwork("network", {
    ...site.place,
    logsTo: logs.workspaceResourceId,
    networkPrefix: names.networkPrefix,
    addressSpace: settings.addressSpace,
    databaseZone: names.databaseZone,
  });
}

type DatabaseSurroundings = Pick<Foundation, "identity" | "network" | "safe">;

function makeDatabase(site: Site, { identity, network, safe }: DatabaseSurroundings): Database | undefined {
  const { settings, names } = site;
  if (settings.databaseSecretUri !== undefined) return undefined;
  return new Database(
    "database",
    {
      ...site.place,
      ...safe,
      serverPrefix: names.databasePrefix,
      tenantId: site.tenant.tenantId,
      sku: settings.databaseSku,
      storageGb: settings.databaseStorageGb,
      backupDays: settings.databaseBackupDays,
      geoBackup: settings.databaseGeoBackup,
      zoneRedundant: settings.zoneRedundant,
      network: databaseNetwork(site, network),
      retainData: settings.retainData,
      administrator: { principalId: identity.principalId, name: names.identity },
    },
    // A server made before its zone is linked to the network has no name there.
    { dependsOn: network === undefined ? [] : [network.databaseZoneLink] },
  );
}

function databaseNetwork({ settings }: Site, network: PrivateNetwork | undefined): DatabaseNetwork {
  if (network === undefined) return { kind: "public", allowed: settings.databaseAllowedIps };
  return { kind: "private", subnetId: network.databaseSubnetId, zoneId: network.databaseZoneId };
}
