import { pino } from "pino";
import { expect, test } from "vitest";
import { HEARTBEAT, writeHeartbeat } from "../../../src/api/heartbeat.ts";

const outbox = { pending: 2, oldestSeconds: 61.4, failed24h: 0, delivered24h: 5 };

function logged() {
  const lines: string[] = [];
  return { lines, log: pino({ base: null }, { write: (line: string) => lines.push(line) }) };
}

test("the sign of life is one JSON line that holds what the alert rules read.", async () => {
  const { lines, log } = logged();
  await writeHeartbeat({ log, health: async () => ({ status: "degraded", outbox }), intakeDepth: () => 3 });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: HEARTBEAT, status: "degraded", outboxOldestSeconds: 61, outboxPending: 2, intakeDepth: 3 },
  ]);
});

test("an empty outbox is zero seconds old.", async () => {
  const { lines, log } = logged();
  const health = async () => ({ status: "ok" as const, outbox: { ...outbox, pending: 0, oldestSeconds: null } });
  await writeHeartbeat({ log, health, intakeDepth: () => 0 });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ outboxOldestSeconds: 0 });
});

test("a database that does not answer leaves no sign of life.", async () => {
  const { lines, log } = logged();
  const health = () => Promise.reject(new Error("reach the database"));
  await expect(writeHeartbeat({ log, health, intakeDepth: () => 0 })).rejects.toThrow("reach the database");
  expect(lines).toEqual([]);
});
