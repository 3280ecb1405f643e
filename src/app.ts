import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { createAlertView } from "./api/alert-view.ts";
import { createApiTokens } from "./api/auth/api-tokens.ts";
import { createAuthenticator } from "./api/auth/authenticate.ts";
import { createEntraSignIn } from "./api/auth/entra-sign-in.ts";
import { type Issuers, resolveIssuers } from "./api/auth/issuers.ts";
import { createKeySet } from "./api/auth/key-set.ts";
import { createSessions } from "./api/auth/sessions.ts";
import { registerSignInRoutes } from "./api/auth/sign-in.ts";
import { createSourceKeys } from "./api/auth/source-keys.ts";
import { createTokenValidators } from "./api/auth/token-validators.ts";
import { createCursors } from "./api/cursor.ts";
import { createEventStreams, type EventStreams } from "./api/event-stream.ts";
import { guardAccess } from "./api/guards/access.ts";
import { BODY_BYTES_MAX } from "./api/guards/body-limits.ts";
import { HEARTBEAT_MS, type HeartbeatPorts, writeHeartbeat } from "./api/heartbeat.ts";
import { createOpenApi } from "./api/openapi.ts";
import { registerRoutes } from "./api/route.ts";
import { alertRoutes } from "./api/routes/alerts.ts";
import { healthRoutes, readHealth } from "./api/routes/health.ts";
import { registerIntake } from "./api/routes/intake.ts";
import { meRoutes } from "./api/routes/me.ts";
import { registerNotFound, registerPortal } from "./api/routes/portal.ts";
import { registerProbes } from "./api/routes/probes.ts";
import { rawEventRoutes } from "./api/routes/raw-events.ts";
import { registerReceipts } from "./api/routes/receipts.ts";
import { tokenRoutes } from "./api/routes/tokens.ts";
import { createServer } from "./api/server.ts";
import { type Bootstrapped, bootstrap, type InstanceSecrets, readInstanceSecrets } from "./bootstrap.ts";
import { createReceipts, type Receipts } from "./channels/receipt.ts";
import { createChannelRegistry } from "./channels/registry.ts";
import { pushContactSchema } from "./channels/web-push/push-contact.ts";
import { createWebPushChannel } from "./channels/web-push/web-push.ts";
import { createWebhookChannel } from "./channels/webhook/webhook.ts";
import { type ConfigurationCache, createConfigurationCache, RELOAD_MS } from "./configuration.ts";
import { createFlow, type Flow } from "./flow.ts";
import { deleteExpired } from "./migrations/retention.ts";
import type { Database } from "./migrations/tables.ts";
import type { Clock } from "./platform/clock.ts";
import type { Store } from "./platform/database/connect.ts";
import { createAzureClient } from "./platform/http/azure.ts";
import { createAssertion, createCredential } from "./platform/http/credential.ts";
import { createEntraFetch } from "./platform/http/entra-fetch.ts";
import { createGuardedClient } from "./platform/http/guarded.ts";
import type { Ids } from "./platform/ids.ts";
import type { Logger } from "./platform/log.ts";
import { Secret } from "./platform/secret.ts";
import type { Settings } from "./settings.ts";
import { createAlertReader } from "./sources/azure-monitor/read.ts";
import { parseSeverityMap } from "./sources/azure-monitor/severity.ts";
import { createSourceStore } from "./sources/store.ts";

/**
 * The composition root: one worker from settings and tools. Tests make their own with a virtual clock and a store of
 * their own.
 */
export interface AppDependencies {
  settings: Settings;
  store: Store<Database>;
  clock: Clock;
  ids: Ids;
  log: Logger;
  random(): number;
}

export interface App {
  server: FastifyInstance;
  flow: Flow;
  bootstrapped: Bootstrapped;
  configuration: ConfigurationCache;
  /** Listens and starts all loops; answers the port. */
  start(): Promise<number>;
  stop(): Promise<void>;
}

export const VERSION = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
).version;

/** Where the built portal lies. */
export const PORTAL_FOLDER = fileURLToPath(new URL("../dist/portal", import.meta.url));
const CONNECTIONS_PER_DESTINATION = 64;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export async function createApp(deps: AppDependencies): Promise<App> {
  const { settings, store, clock, ids, log } = deps;
  const { db } = store;
  const bootstrapped = await bootstrap(db, settings, ids, clock.now());
  const secrets = await readInstanceSecrets(db, clock.now());
  const configuration = await createConfigurationCache(db);
  const severityMap = parseSeverityMap(settings["azureMonitor.severityMap"]);
  const view = createAlertView({
    db,
    configuration: configuration.current,
    severityMap,
    azurePortalUrl: settings["azure.portalUrl"],
  });
  const streams = createEventStreams({ view, clock, log, configuration: configuration.current });
  const receipts = createReceipts(secrets.signingKey);
  const channels = createChannels(deps, secrets, receipts);
  const azure = createAzure(settings, clock);
  const pollIntervalMs = settings["azureMonitor.pollSeconds"] * 1_000;
  const flow = createFlow({
    ...deps,
    configuration,
    channels: channels.registry,
    azure: { client: azure, reader: createAlertReader({ client: azure, severityMap }) },
    severityMap,
    rules: rulesOf(settings),
    pollIntervalMs,
    intakeQueueMax: settings["intake.queueMax"],
    alertUrl: (alertId) => `${settings.publicUrl}/alerts/${alertId}`,
    onFresh: (made) => streams.announce(made.map(({ alertId, arrival }) => ({ teamId: arrival.teamId, id: alertId }))),
    onChanged: (alerts) => streams.announce(alerts.map((alert) => ({ teamId: alert.team_id, id: alert.id }))),
  });

  const auth = createAuth(deps, bootstrapped, streams);
  const server = createServer({ log, trustProxyHops: settings["listen.trustProxy"] });
  const guard = guardAccess(server, {
    clock,
    publicUrl: settings.publicUrl,
    authenticator: auth.authenticator,
    bodyBytesMax: BODY_BYTES_MAX,
  });
  const cursors = createCursors(secrets.signingKey);
  const health = { db, clock, configuration, pollIntervalMs };
  const routes = [
    ...alertRoutes({ view, flow, cursors }),
    ...meRoutes({
      db,
      clock,
      ids,
      configuration,
      vapidPublicKey: secrets.vapid.publicKey,
      installation: { tenantId: settings["entra.tenantId"], publicUrl: settings.publicUrl, version: VERSION },
      isPushContact: channels.isPushContact,
    }),
    ...tokenRoutes(auth.apiTokens),
    ...healthRoutes(health),
    ...rawEventRoutes({ db, cursors }),
  ];
  registerNotFound(server);
  registerRoutes(server, routes);
  const wholeHealth = () =>
    readHealth(
      health,
      configuration.current().teams.map((team) => team.id),
    );
  registerProbes(server, {
    db,
    flow,
    health: wholeHealth,
    metricsToken: settings["metrics.token"],
    version: VERSION,
  });
  registerIntake(server, {
    flow,
    clock,
    log,
    validators: auth.validators,
    sourceKeys: auth.sourceKeys,
    authenticator: auth.authenticator,
    guard,
    sources: () => configuration.current().sources,
    pushed: createSourceStore(db).pushed,
  });
  registerReceipts(server, { db, clock, receipts });
  streams.register(server);
  const openApi = createOpenApi(routes, VERSION, settings.publicUrl);
  server.get("/openapi.json", { config: { right: "public" } }, async () => openApi);
  await server.register(async (scope) => registerSignInRoutes(scope, auth.signIn));
  await registerPortal(server, PORTAL_FOLDER);

  const heartbeat = { log, health: wholeHealth, intakeDepth: () => flow.stats().intakeDepth };
  const jobs = createJobs(deps, configuration, auth, heartbeat);
  return {
    server,
    flow,
    bootstrapped,
    configuration,
    start: async () => {
      await auth.start();
      flow.start();
      await server.listen({ host: settings["listen.host"], port: settings["listen.port"] });
      jobs.start();
      return (server.server.address() as { port: number }).port;
    },
    stop: async () => {
      jobs.stop();
      streams.close();
      await server.close();
      await flow.stop();
      auth.stop();
      await channels.close();
    },
  };
}

function rulesOf(settings: Settings) {
  return {
    source: {
      severities: settings["azureMonitor.severities"],
      includeSuppressed: settings["azureMonitor.includeSuppressed"],
      graceMinutes: settings["azureMonitor.graceMinutes"],
      autoClose: settings["azureMonitor.autoClose"],
    },
    writeBack: {
      writeBack: settings["azureMonitor.writeBack"],
      writeClosedToAzure: settings["azureMonitor.writeClosedToAzure"],
      subscriptions: settings["azure.subscriptions"],
    },
  };
}

function createChannels({ settings, clock }: AppDependencies, secrets: InstanceSecrets, receipts: Receipts) {
  const identityEndpoint = settings["identity.endpoint"];
  const client = createGuardedClient({
    allow: settings["egress.allow"],
    ports: settings["egress.ports"],
    now: clock.now,
    connectionsPerHost: CONNECTIONS_PER_DESTINATION,
    ...(identityEndpoint === undefined ? {} : { identityEndpoint }),
  });
  const pushHosts = settings["egress.pushHosts"];
  const vapid = {
    publicKey: secrets.vapid.publicKey,
    privateKey: new Secret(secrets.vapid.privateKey),
    subject: settings["notify.pushSubject"],
  };
  const registry = createChannelRegistry([
    createWebhookChannel({ client, clock }),
    createWebPushChannel({ client, clock, vapid, pushHosts, createReceipt: receipts.create }),
  ]);
  const schema = pushContactSchema(pushHosts, client.permits);
  return {
    registry,
    isPushContact: (subscription: unknown) => schema.safeParse(subscription).success,
    close: client.close,
  };
}

/** How the daemon signs in, from the settings. */
export const credentialOptions = (settings: Settings) => ({
  kind: settings["entra.credential"],
  tenantId: settings["entra.tenantId"],
  clientId: settings["entra.clientId"],
  authorityHost: settings["entra.authorityHost"],
  ...(settings["entra.clientSecret"] === undefined ? {} : { clientSecret: settings["entra.clientSecret"] }),
  ...(settings["entra.managedIdentityClientId"] === undefined
    ? {}
    : { managedIdentityClientId: settings["entra.managedIdentityClientId"] }),
});

function createAzure(settings: Settings, clock: Clock) {
  return createAzureClient({
    credential: createCredential(credentialOptions(settings)),
    scope: settings["azure.resourceManagerScope"],
    endpoint: settings["azure.resourceManager"],
    userAgent: `watchbell/${VERSION}`,
    now: clock.now,
  });
}

/** The issuers that tokens must name, from the settings. Throws for one that does not hold the tenant. */
export function issuersOf(settings: Settings): Issuers {
  const issuerV1 = settings["entra.issuerV1"];
  const issuerV2 = settings["entra.issuerV2"];
  return resolveIssuers(settings["entra.tenantId"], settings["entra.cloud"], {
    ...(issuerV1 ? { "1.0": issuerV1 } : {}),
    ...(issuerV2 ? { "2.0": issuerV2 } : {}),
  });
}

function createAuth(
  { settings, store, clock, ids, log }: AppDependencies,
  { teamId, sourceId, administratorId }: Bootstrapped,
  streams: Pick<EventStreams, "closeOf">,
) {
  const { db } = store;
  const tenantId = settings["entra.tenantId"];
  const entra = createEntraFetch(settings["entra.authorityHost"]);
  const issuers = issuersOf(settings);
  const keySet = createKeySet({
    authority: settings["entra.authorityHost"],
    tenantId,
    issuers,
    fetchJson: entra.fetchJson,
    clock,
    log,
  });
  const intake = {
    clientId: settings["entra.clientId"],
    audiences: settings["intake.audiences"],
    callers: settings["intake.callers"],
    role: settings["intake.role"],
  };
  const validators = createTokenValidators({
    keySet,
    clock,
    tenantId,
    issuers,
    intake,
    portalClientId: settings["entra.portalClientId"],
  });
  const portalSecret = settings["entra.portalClientSecret"];
  const signInEntra = createEntraSignIn({
    authority: settings["entra.authorityHost"],
    browserAuthority: settings["entra.browserAuthority"],
    tenantId,
    issuer: issuers["2.0"],
    clientId: settings["entra.portalClientId"],
    credential: portalSecret ? { secret: portalSecret } : { assertion: createAssertion(credentialOptions(settings)) },
    fetchJson: entra.fetchJson,
    fetch: (url, options) => entra.fetch(url, options),
    validators,
    clock,
  });
  const defaultTeamId = () => teamId;
  const limits = {
    idleDays: settings["session.idleDays"],
    absoluteDays: settings["session.absoluteDays"],
    recheckMinutes: settings["session.recheckMinutes"],
  };
  const sessions = createSessions({
    db,
    clock,
    log,
    limits,
    refresh: signInEntra.refresh,
    defaultTeamId,
    onSessionEnded: (personId, sessionId) => streams.closeOf({ personId, credentialId: sessionId }),
  });
  const apiTokens = createApiTokens({
    db,
    clock,
    ids,
    log,
    defaultTeamId,
    onTokenRevoked: (credentialId) => streams.closeOf({ personId: null, credentialId }),
  });
  const sourceKeys = createSourceKeys({ db, clock, ids, log });
  const authenticator = createAuthenticator({
    db,
    clock,
    ids,
    log,
    tenantId,
    sessions,
    apiTokens,
    validators,
    defaultTeamId,
  });
  const signIn = {
    db,
    clock,
    ids,
    log,
    publicUrl: settings.publicUrl,
    tenantId,
    absoluteDays: limits.absoluteDays,
    entra: signInEntra,
    sessions,
    defaultTeamId,
  };
  const stops: (() => void)[] = [];

  const start = async () => {
    stops.push(await sourceKeys.start());
    // Entra's keys are fetched beside the start: pushes signed with a source key need none.
    void keySet.start().then((stop) => stops.push(stop));
    await adoptIntakeKey();
    const token = settings["bootstrap.apiToken"];
    if (token === undefined) return;
    if (administratorId === null) throw new Error("bootstrap.apiToken needs a person to act as: set bootstrap.people");
    await apiTokens.adoptBootstrapToken(token.reveal(), administratorId, clock.now());
  };
  const adoptIntakeKey = async () => {
    const key = settings["bootstrap.intakeKey"];
    if (key === undefined || sourceKeys.find(key.reveal())) return;
    const existing = await db
      .selectFrom("source_key")
      .select("id")
      .where("team_id", "=", teamId)
      .where("source_id", "=", sourceId)
      .where("revoked_at", "is", null)
      .execute();
    if (existing.length === 0) await sourceKeys.create({ teamId, sourceId, actor: "bootstrap", value: key.reveal() });
  };
  return {
    validators,
    sessions,
    apiTokens,
    sourceKeys,
    authenticator,
    signIn,
    start,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** What happens by the clock beside the flow: the sign of life, configuration of other workers, old sessions, retention. */
function createJobs(
  { settings, store, clock, log }: AppDependencies,
  configuration: ConfigurationCache,
  auth: { sessions: { clean(): Promise<number> } },
  heartbeat: HeartbeatPorts,
) {
  const cancels = new Set<() => void>();
  let stopped = false;
  const every = (ms: number, what: string, run: () => Promise<unknown>) => {
    const arm = () => {
      const cancel = clock.setTimer(clock.now() + ms, async () => {
        cancels.delete(cancel);
        await run().catch((error: unknown) => log.warn({ error: String(error) }, `${what} failed`));
        if (!stopped) arm();
      });
      cancels.add(cancel);
    };
    arm();
  };
  return {
    start: () => {
      every(HEARTBEAT_MS, "the heartbeat", () => writeHeartbeat(heartbeat));
      every(RELOAD_MS, "reading the configuration", configuration.refresh);
      every(HOUR_MS, "cleaning sessions", () => auth.sessions.clean());
      every(HOUR_MS, "retention", () => deleteExpired(store.db, clock.now() - settings["retention.days"] * DAY_MS));
    },
    stop: () => {
      stopped = true;
      for (const cancel of cancels) cancel();
    },
  };
}
