import { ContainerApp, type ContainerAppArgs } from "@pulumi/azure-native/app/containerApp.js";
import * as pulumi from "@pulumi/pulumi";
import { type Placement, waitingFor } from "./safeguards.ts";

export interface WorkerAppArgs extends Placement {
  environmentId: pulumi.Input<string>;
  appName: string;
  image: pulumi.Input<string>;
  /** Host of the registry that asks for credentials; the identity pulls from it. undefined = everybody may pull. */
  registryServer?: pulumi.Input<string>;
  /** ARM id of the user-assigned identity. */
  identityId: pulumi.Input<string>;
  /** Environment variables in plain text: never a secret. */
  environment: pulumi.Input<Readonly<Record<string, string>>>;
  /** Environment variables that hold a secret, by the address of the Key Vault secret. */
  secretReferences: Readonly<Record<string, pulumi.Input<string>>>;
  /** Workers that always run, and that may be added under load. */
  replicas: { min: number; max: number };
}

/** Port of the worker inside the container; TLS ends at the ingress. */
export const WORKER_PORT = 8080;
/** The Consumption profile couples memory to CPU: 2 GiB per core. */
const CPU_CORES = 0.5;
const MEMORY = "1Gi";
/** Old revisions kept, to go back to. */
const INACTIVE_REVISIONS_MAX = 5;
/**
 * When a worker is added. Not by the length of the queue in the database: the scaler for PostgreSQL knows passwords only,
 * and one that fails freezes all scaling of the app.
 */
const SCALE_RULES = [
  { name: "processor", custom: { type: "cpu", metadata: { type: "Utilization", value: "70" } } },
  { name: "requests", http: { metadata: { concurrentRequests: "50" } } },
];

/** The worker as a Container App: reachable by https only, with probes, without any secret of its own. */
export class WorkerApp extends pulumi.ComponentResource {
  readonly appId: pulumi.Output<string>;

  constructor(name: string, args: WorkerAppArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:WorkerApp", name, {}, options);
    const worker = new ContainerApp(name, containerAppArgs(args), { parent: this, ...waitingFor(options) });
    this.appId = worker.id;
    this.registerOutputs({ appId: this.appId });
  }
}

export function containerAppArgs(args: WorkerAppArgs): ContainerAppArgs {
  return {
    resourceGroupName: args.resourceGroupName,
    location: args.location,
    containerAppName: args.appName,
    environmentId: args.environmentId,
    workloadProfileName: "Consumption",
    identity: { type: "UserAssigned", userAssignedIdentities: [args.identityId] },
    configuration: {
      activeRevisionsMode: "Single",
      maxInactiveRevisions: INACTIVE_REVISIONS_MAX,
      ingress: {
        // Action groups and phones come from outside; threats section 6 bounds what they may do.
        external: true,
        targetPort: WORKER_PORT,
        transport: "http",
        allowInsecure: false,
        // Any worker answers any request.
        stickySessions: { affinity: "none" },
        traffic: [{ latestRevision: true, weight: 100 }],
      },
      registries: args.registryServer === undefined ? [] : [{ server: args.registryServer, identity: args.identityId }],
      secrets: Object.entries(args.secretReferences).map(([variable, keyVaultUrl]) => ({
        name: secretName(variable),
        keyVaultUrl,
        identity: args.identityId,
      })),
    },
    template: {
      containers: [
        {
          name: "worker",
          image: args.image,
          resources: { cpu: CPU_CORES, memory: MEMORY },
          env: environmentVariables(args),
          probes: probes(),
        },
      ],
      scale: { minReplicas: args.replicas.min, maxReplicas: args.replicas.max, rules: SCALE_RULES },
      // Time for running commits and sends to end; Azure's default, written out.
      terminationGracePeriodSeconds: 30,
    },
    tags: args.tags,
  };
}

/** `DATABASE_URL` -> `database-url`: names of secrets hold lower-case letters, digits and hyphens only. */
function secretName(variable: string): string {
  return variable.toLowerCase().replaceAll("_", "-");
}

/** Sorted by name: their order would be a difference. */
function environmentVariables(
  args: WorkerAppArgs,
): pulumi.Output<{ name: string; value?: string; secretRef?: string }[]> {
  const secret = Object.keys(args.secretReferences).map((name) => ({ name, secretRef: secretName(name) }));
  return pulumi.output(args.environment).apply((environment) => {
    const plain = Object.entries(environment).map(([name, value]) => ({ name, value }));
    return [...plain, ...secret].sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}

/** Start-up may take a migration's time (5 s × 24 = 2 minutes); afterwards 3 failures in a row count. */
function probes(): Probe[] {
  return [
    probe({ type: "Startup", periodSeconds: 5, failureThreshold: 24 }, "/healthz"),
    probe({ type: "Liveness", periodSeconds: 10, failureThreshold: 3 }, "/healthz"),
    probe({ type: "Readiness", periodSeconds: 5, failureThreshold: 3 }, "/readyz"),
  ];
}

interface Probe {
  type: "Startup" | "Liveness" | "Readiness";
  periodSeconds: number;
  failureThreshold: number;
  timeoutSeconds?: number;
  httpGet?: { path: string; port: number; scheme: "HTTP" };
}

function probe(timing: Probe, path: string): Probe {
  return { ...timing, timeoutSeconds: 3, httpGet: { path, port: WORKER_PORT, scheme: "HTTP" } };
}
