import {
  DATABASE_SECRET_URI,
  IMAGE,
  type ProgramRun,
  runConnector,
  runProgram,
  runSpoke,
  SENTINEL_WORKSPACE,
  SUBSCRIPTION_ID,
  type Surroundings,
  TENANT_ID,
} from "./program-under-mocks.ts";

/** The deployments that every rule about resources is held against: least, most, hardest, and each profile. */

export const HUB_STACK = "organization/watchbell/hub";
export const SPOKE_STACK = "organization/watchbell/spoke";
export const PIPELINE_ID = "91be11ae-0000-4000-8000-000000000005";
export const OTHER_SUBSCRIPTION_ID = "07e850b5-0000-4000-8000-000000000009";

export const HUB_OUTPUTS: Readonly<Record<string, string>> = {
  tenantId: TENANT_ID,
  clientId: "hub-client-id",
  audience: "single",
  publicUrl: "https://oncall.example.com",
  appIdUri: "api://hub-client-id",
  applicationObjectId: "hub-application-object-id",
  servicePrincipalId: "hub-principal-object-id",
  workspaceResourceId: SENTINEL_WORKSPACE,
};

export const AROUND: Surroundings = {
  stacks: {
    [HUB_STACK]: HUB_OUTPUTS,
    [SPOKE_STACK]: {
      tenantId: TENANT_ID,
      subscriptionId: OTHER_SUBSCRIPTION_ID,
      playbooksClientId: "spoke-playbooks-client-id",
    },
  },
  workflows: new URL("workflows/", import.meta.url),
};

/** Every setting that adds something. */
export const MOST = {
  publicUrl: "https://oncall.example.com",
  registry: `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/acmeimages`,
  image: IMAGE.replace("registry.example", "acmeimages.azurecr.io"),
  spokes: SPOKE_STACK,
  sentinel: SENTINEL_WORKSPACE,
  graph: "on",
  credential: "secret",
  secretsFrom: "2026-05",
  audience: "multi",
  vaultAllowedIps: "203.0.113.0/24, 198.51.100.7",
  logRetentionDays: "365",
  logDailyQuotaGb: "10",
  tenantLogs: "deploy",
  operators: "ops@example.com, night@example.com",
  budget: "200",
  replicasMin: "2",
  replicasMax: "5",
  owners: `deployer,${PIPELINE_ID}`,
  tags: { costCentre: "4711", product: "something else" },
  worker: { "azureMonitor.graceMinutes": "5", "azureMonitor.severities": "Sev0,Sev1" },
};

/** What Azure's published hardening rules ask for beyond the defaults. */
const HARDEST = {
  zoneRedundant: "true",
  databaseSku: "Standard_D2ds_v5",
  databaseBackupDays: "35",
  monitor: "read",
  replicasMin: "2",
  replicasMax: "4",
  operators: "ops@example.com",
};

/** Nothing that costs more than it must, everything reachable: a trial. */
const TRIAL = {
  network: "public",
  databaseAllowedIps: "azure, 203.0.113.7, 198.51.100.0/24",
  databaseGeoBackup: "false",
  purgeProtection: "false",
  locks: "false",
  retainData: "false",
  image: undefined,
  buildFrom: `https://github.com/watchbell/watchbell.git#${"0123456789abcdef0123".repeat(2)}`,
};

type AnyRun = Pick<ProgramRun<object>, "registered" | "all" | "only" | "named">;

export const DEPLOYMENTS: Readonly<Record<string, () => Promise<AnyRun>>> = {
  defaults: () => runProgram(),
  most: () => runProgram(MOST, AROUND),
  hardest: () => runProgram(HARDEST),
  trial: () => runProgram(TRIAL),
  "own database": () => runProgram({ databaseSecretUri: DATABASE_SECRET_URI, role: "monitoring-contributor" }),
  spoke: () => runSpoke({ hub: HUB_STACK }, AROUND),
  "spoke with Sentinel": () =>
    runSpoke({ hub: HUB_STACK, sentinel: SENTINEL_WORKSPACE, budget: 10, operators: "ops@example.com" }, AROUND),
  connector: () => runConnector(),
  "connector for all": () => runConnector({ sentinel: SENTINEL_WORKSPACE, graph: "on", secretMonths: "24" }),
};
