import type { Intake } from "./load/load-order.ts";
import type { ReadIds } from "./sink.ts";

/** A system under test: started in a folder of its own, with the sink as its only receiver. */
export interface System {
  readonly name: SystemName;
  readonly readIds: ReadIds;
  /** Starts it, or starts it again in the same folder after `kill`. Resolves when it can be sent alerts. */
  start(sinkUrl: string): Promise<Started>;
  /** SIGKILL of the process that takes the alerts, nothing else. */
  kill(): void;
  /** Ends all that it started and deletes its folder. May be called at any moment and again. */
  stop(): Promise<void>;
  /** So long after a restart everything that it still knows of is on its way, milliseconds. */
  readonly recoveryMs: number;
  /** How often each alert was reported, as the system itself answers, by alert id; null = it does not count. */
  readCounts(tag: string): Promise<Map<string, number> | null>;
}

export type SystemName = "watchbell" | "alertmanager";

export interface Started {
  intake: Intake;
  /** The process that takes alerts. */
  programPid: number;
  /** The database server's first process; null = none, or not ours. */
  databasePid: number | null;
  /** Monotonic milliseconds when the command was spawned. */
  spawnedAt: number;
}
