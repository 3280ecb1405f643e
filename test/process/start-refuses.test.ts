import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  copyProgram,
  freePort,
  killRest,
  makeFolder,
  processesOf,
  removeFolder,
  runWatchbell,
} from "./start-process.ts";

vi.setConfig({ testTimeout: 90_000 });

describe("watchbell refuses", () => {
  let folder: string;
  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(() => {
    killRest(folder);
    removeFolder(folder);
  });

  const refusal = async (args: readonly string[], options: Parameters<typeof runWatchbell>[2] = {}) => {
    const started = runWatchbell(folder, args, options);
    const { code } = await started.ended;
    expect(code).toBeGreaterThan(0);
    expect(started.stdout()).toBe("");
    expect(processesOf(folder)).toEqual([]);
    return started.stderr();
  };

  it.each([
    { args: ["--bogus"], says: "--bogus" },
    { args: ["somewhere"], says: "somewhere" },
    { args: ["--port", "none"], says: "--port: “none” is not a port" },
    { args: ["--port", "70000"], says: "--port: “70000” is not a port" },
    { args: ["--webhook"], says: "--webhook" },
    { args: ["--webhook", "receiver:9000"], says: "--webhook: “receiver:9000” is not an http or https address" },
    { args: ["--webhook", "file:///etc/hosts"], says: "is not an http or https address" },
    { args: ["--fresh=maybe"], says: "--fresh" },
  ])("the options $args, naming what is wrong", async ({ args, says }) => {
    const text = await refusal(["start", "--json", ...args]);
    expect(text).toContain(says);
    expect(text).not.toContain("    at ");
  });

  it("a command that it does not know, with its usage", async () => {
    expect(await refusal(["strat"])).toContain("watchbell start [--fresh]");
  });

  it("a wrong setting of the caller's environment, naming it", async () => {
    const env = { WATCHBELL_AZURE_MONITOR_GRACE_MINUTES: "500", WATCHBELL_BOGUS: "1" };
    const text = await refusal(["start", "--json", "--port", String(await freePort())], { env });
    expect(text).toContain("WATCHBELL_AZURE_MONITOR_GRACE_MINUTES");
    expect(text).toContain("WATCHBELL_BOGUS: is not a setting");
  });

  it("damaged state of the simulated Azure, naming the file", async () => {
    mkdirSync(join(folder, ".watchbell/state"), { recursive: true });
    writeFileSync(join(folder, ".watchbell/state/identifiers.json"), "{");
    const text = await refusal(["start", "--json"]);
    expect(text).toContain("identifiers.json is damaged; start with --fresh");
  });

  it("a portal that cannot be built", async () => {
    const root = copyProgram(folder);
    writeFileSync(join(root, "src/portal/main.tsx"), "this is no program (");
    expect(await refusal(["start", "--json"], { root })).toContain("the portal could not be built");
    expect(existsSync(join(root, "dist/portal"))).toBe(false);
  });
});
