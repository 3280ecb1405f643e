import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../../../src/doctor/report.ts";
import { type DoctorSandbox, startDoctorSandbox } from "./doctor-sandbox.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

let doctor: DoctorSandbox;
beforeAll(async () => {
  doctor = await startDoctorSandbox();
});
afterAll(() => doctor.end());

/** Runs the command as an operator does: a process with nothing but this environment. */
async function run(args: string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, "doctor", ...args], {
    env: { ...environment, NODE_EXTRA_CA_CERTS: doctor.sandbox.caFile },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, output, errors };
}

test("The command answers 0 and one line for each check when nothing failed.", async () => {
  const { code, output, errors } = await run([], doctor.environment());
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const lines = output.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) expect(line).toMatch(/^(?:ok {2}|warn) {2}[^:]+: .*[.!?…]$/);
  expect(output).toContain("ok    Daemon's token for Azure Resource Manager: Entra gives it.");
});

test("With --json it answers 1 and what failed, and no secret.", async () => {
  const environment = doctor.environment({
    WATCHBELL_ENTRA_CREDENTIAL: "secret",
    WATCHBELL_ENTRA_CLIENT_SECRET: "canary-secret",
    DATABASE_URL: "postgres://watchbell:canary-password@127.0.0.1:9/watchbell",
  });
  const { code, output, errors } = await run(["--json"], environment);
  expect(code).toBe(1);
  const report = JSON.parse(output) as Report;
  expect(report.ok).toBe(false);
  expect(report.checks.filter(({ status }) => status === "fail").map(({ id }) => id)).toEqual(["token", "database"]);
  expect(output + errors).not.toContain("canary");
  expect(output + errors).not.toContain(doctor.sandbox.identity.header);
});

test("Wrong settings answer 2 and all of them, and no value.", async () => {
  const environment = doctor.environment({ WATCHBELL_ENTRA_TENANT_ID: "canary", WATCHBELL_UNKNOWN: "canary" });
  const { code, output } = await run([], environment);
  expect(code).toBe(2);
  const lines = output.trimEnd().split("\n");
  expect(lines.map((line) => /^FAIL {2}Settings: (\w+)/.exec(line)?.[1])).toEqual([
    "WATCHBELL_ENTRA_TENANT_ID",
    "WATCHBELL_UNKNOWN",
  ]);
  expect(output).not.toContain("canary");
});
