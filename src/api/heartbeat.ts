import type { Logger } from "../platform/log.ts";
import type { Health } from "./contract.ts";

/**
 * The worker's sign of life: one line of the log a minute, written only when the database answers. Alert rules of the
 * infra program wait for it and read `outboxOldestSeconds` (infra/components/watch-queries.ts), so they hear of a worker
 * that is down and of one that cannot send. Rejects when the database does not answer: then there is no line.
 */
export const HEARTBEAT = "heartbeat";
export const HEARTBEAT_MS = 60_000;

export interface HeartbeatPorts {
  log: Pick<Logger, "info">;
  /** Health of all teams. */
  health(): Promise<Pick<Health, "status" | "outbox">>;
  /** Events that wait for a commit. */
  intakeDepth(): number;
}

export async function writeHeartbeat({ log, health, intakeDepth }: HeartbeatPorts): Promise<void> {
  const { status, outbox } = await health();
  const outboxOldestSeconds = Math.round(outbox.oldestSeconds ?? 0);
  log.info({ status, outboxOldestSeconds, outboxPending: outbox.pending, intakeDepth: intakeDepth() }, HEARTBEAT);
}
