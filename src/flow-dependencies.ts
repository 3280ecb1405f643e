import type { AlertRow } from "./alert/store.ts";
import type { ChannelRegistry } from "./channels/registry.ts";
import type { ConfigurationCache } from "./configuration.ts";
import type { MadeAlert } from "./ingest/stage.ts";
import type { Database } from "./migrations/tables.ts";
import type { Clock } from "./platform/clock.ts";
import type { Store } from "./platform/database/connect.ts";
import type { Ids } from "./platform/ids.ts";
import type { Logger } from "./platform/log.ts";
import type { AlertsClient } from "./sources/azure-monitor/azure-failure.ts";
import type { SourceRules } from "./sources/azure-monitor/new-alert.ts";
import type { AlertReader } from "./sources/azure-monitor/read.ts";
import type { SeverityMap } from "./sources/azure-monitor/severity.ts";
import type { WriteBackRules } from "./write-back/plan.ts";

/** Everything that the flow needs from outside: the composition root (app.ts) makes it, tests make their own. */
export interface FlowDependencies {
  store: Store<Database>;
  clock: Clock;
  ids: Ids;
  log: Logger;
  /** In [0, 1): jitter of retries. */
  random(): number;
  configuration: ConfigurationCache;
  channels: ChannelRegistry;
  azure: { client: AlertsClient; reader: AlertReader };
  severityMap: SeverityMap;
  rules: { source: SourceRules; writeBack: WriteBackRules };
  pollIntervalMs: number;
  intakeQueueMax: number;
  alertUrl(alertId: string): string;
  /** After a commit that made alerts. */
  onFresh(made: readonly MadeAlert[]): void;
  /** After a commit that changed alerts. */
  onChanged(alerts: readonly AlertRow[]): void;
}
