import type { InfraSettings } from "./settings.ts";

/**
 * Settings that are right one by one and wrong together. In: what could be read (a wrong value is absent and has its own
 * message). Out: one line a contradiction, with the way out.
 */
export function contradictions(settings: Partial<InfraSettings>): string[] {
  return [
    ...imageProblems(settings),
    ...roleProblems(settings),
    ...credentialProblems(settings),
    ...spokeProblems(settings),
    ...databaseProblems(settings),
    ...sizeProblems(settings),
    ...logProblems(settings),
  ];
}

const IF = (wrong: boolean | undefined, problem: string): string[] => (wrong === true ? [problem] : []);

function imageProblems({ profile, image, buildFrom, registry }: Partial<InfraSettings>): string[] {
  return [
    ...IF(
      profile === "full" && image === undefined && buildFrom === undefined,
      "watchbell:image is missing: name the container image of the worker, or a commit to build it from (watchbell:buildFrom)",
    ),
    ...IF(
      image !== undefined && buildFrom !== undefined,
      "watchbell:buildFrom and watchbell:image exclude each other: remove one",
    ),
    ...IF(
      registry !== undefined && image?.startsWith(`${registry.split("/").at(-1)?.toLowerCase()}.`) === false,
      "watchbell:registry is not the one that watchbell:image names",
    ),
    ...IF(
      registry !== undefined && buildFrom !== undefined,
      "watchbell:registry goes with watchbell:image; watchbell:buildFrom makes a registry of its own: remove one",
    ),
  ];
}

function roleProblems({ role, monitor, graph, graphGrants, sentinel }: Partial<InfraSettings>): string[] {
  return [
    ...IF(
      role === "monitoring-reader" && monitor === "read-write",
      "watchbell:role monitoring-reader cannot change an alert: set watchbell:monitor read, or another role",
    ),
    ...IF(
      graph === "off" && graphGrants === "manual",
      "watchbell:graphGrants manual has nothing to grant: set watchbell:graph on, or remove it",
    ),
    ...IF(
      role !== undefined && role !== "custom" && sentinel !== undefined && sentinel !== "off",
      "watchbell:sentinel needs watchbell:role custom: no built-in role of Azure Monitor reaches incidents",
    ),
  ];
}

function credentialProblems({ profile, credential, secretsFrom }: Partial<InfraSettings>): string[] {
  return [
    ...IF(
      profile === "connector" && credential === "federated",
      "watchbell:credential federated is not for profile connector: a connector outside Azure asks for a secret; remove it",
    ),
    ...IF(
      credential === "secret" && secretsFrom === undefined,
      "watchbell:secretsFrom is missing: set the month of the first secret, `pulumi config set watchbell:secretsFrom <year>-<month>`",
    ),
    ...IF(
      credential === "federated" && secretsFrom !== undefined,
      "watchbell:secretsFrom has no meaning with watchbell:credential federated: remove it",
    ),
  ];
}

function spokeProblems({ profile, hub }: Partial<InfraSettings>): string[] {
  return IF(
    profile === "spoke" && hub === undefined,
    "watchbell:hub is missing: name the stack whose worker serves this subscription, `pulumi config set watchbell:hub <organization>/<project>/<stack>`",
  );
}

function databaseProblems(settings: Partial<InfraSettings>): string[] {
  const { profile, network, databaseAllowedIps, databaseSecretUri, databaseSku, zoneRedundant } = settings;
  if (profile !== "full") return [];
  const ownDatabase = databaseSecretUri === undefined;
  return [
    ...IF(
      ownDatabase && network === "public" && databaseAllowedIps?.length === 0,
      "watchbell:databaseAllowedIps is missing: with watchbell:network public say who may reach the database, or use watchbell:network private",
    ),
    ...IF(
      network === "private" && (databaseAllowedIps?.length ?? 0) > 0,
      "watchbell:databaseAllowedIps has no meaning with watchbell:network private: remove it",
    ),
    ...IF(
      zoneRedundant && network === "public",
      "watchbell:zoneRedundant needs watchbell:network private: only an environment in a network can span zones",
    ),
    ...IF(
      zoneRedundant && ownDatabase && databaseSku?.startsWith("Standard_B"),
      "watchbell:zoneRedundant needs a database size that is not Burstable: set watchbell:databaseSku, for example Standard_D2ds_v5",
    ),
  ];
}

function sizeProblems({ replicasMin, replicasMax, budget, operators }: Partial<InfraSettings>): string[] {
  return [
    ...IF(
      replicasMin !== undefined && replicasMax !== undefined && replicasMax < replicasMin,
      "watchbell:replicasMax is less than watchbell:replicasMin",
    ),
    ...IF(
      (budget ?? 0) > 0 && operators?.length === 0,
      "watchbell:budget tells nobody: set watchbell:operators, or remove it",
    ),
  ];
}

/** The worker writes its heartbeat at level info, and an alert rule waits for it. */
function logProblems({ worker }: Partial<InfraSettings>): string[] {
  return IF(
    ["warn", "error", "fatal", "silent"].includes(worker?.["log.level"] ?? "info"),
    "watchbell:worker.log.level is too quiet: an alert rule waits for the heartbeat, which is written at info",
  );
}
