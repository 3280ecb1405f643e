import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Builds the Pulumi CLI that the engine tests drive from its Go module (test/engine/go.mod) into `.pulumi-cli/bin/pulumi`.
 * A build of the same modules and flags is kept. Cold it takes 6 to 15 minutes of a core; the modules are 280 MB.
 *
 * Exit codes: 0 it is there; also 0 when it cannot be had here (no Go, or no module), which is said loudly and kept in
 * `.pulumi-cli/unavailable.txt`, so that the engine tests are skipped with that reason; 1 the modules are there and the
 * build failed.
 */
const VERSION = "v3.259.0";
const MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
/** The Automation API reads the version that the linker put in. */
const LINKER = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${VERSION}`;
const GO_MAJOR_MINOR = [1, 26] as const;

const root = join(import.meta.dirname, "..");
const modules = join(root, "test/engine");
/** Root for `PulumiCommand.get`. */
const cli = join(root, ".pulumi-cli");
const binary = join(cli, "bin/pulumi");
const stampFile = join(cli, "stamp");
/** Why it cannot be had here; test/engine/engine.ts reads it. */
const unavailableFile = join(cli, "unavailable.txt");

function stamp(): string {
  const hash = createHash("sha256").update(`${LINKER} -trimpath CGO_ENABLED=0`);
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(modules, file)));
  return hash.digest("hex");
}

const isBuilt = () => existsSync(binary) && existsSync(stampFile) && readFileSync(stampFile, "utf8").trim() === stamp();

const environment = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local" };
/** A change of go.mod that go.sum does not know, or modules that are not what go.sum says: ours to mend, never a reason to skip. */
const OUR_FAULT = /missing go\.sum entry|updates to go\.mod needed|checksum mismatch|SECURITY ERROR/;

/**
 * Brings the modules that the build needs (`go mod download` would ask for all that are named anywhere). What Go says about
 * a failure; undefined when there is none.
 */
function fetchModules(): string | undefined {
  const output: ["ignore", "ignore", "pipe"] = ["ignore", "ignore", "pipe"];
  const { status, stderr } = spawnSync("go", ["list", "-deps", MODULE], {
    cwd: modules,
    env: environment,
    stdio: output,
    encoding: "utf8",
  });
  return status === 0 ? undefined : stderr;
}

function compile(): boolean {
  const args = ["build", "-trimpath", "-ldflags", LINKER, "-o", binary, MODULE];
  return (
    spawnSync("go", args, { cwd: modules, env: environment, stdio: ["ignore", "inherit", "inherit"] }).status === 0
  );
}

/** Undefined when Go is there and new enough. */
function goIsMissing(): string | undefined {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8" });
  if (status !== 0) return "Go is not installed";
  const [major = 0, minor = 0] = stdout.trim().replace(/^go/, "").split(".").map(Number);
  const [wantedMajor, wantedMinor] = GO_MAJOR_MINOR;
  const enough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return enough ? undefined : `Go ${GO_MAJOR_MINOR.join(".")} or later is needed, here is ${stdout.trim()}`;
}

function cannotBeHad(reason: string): number {
  process.stderr.write(`
************************************************************************
* The Pulumi CLI cannot be built here: ${reason}.
* THE ENGINE TESTS ARE SKIPPED: the infrastructure's program has not been
* run by the real engine.
************************************************************************
`);
  mkdirSync(cli, { recursive: true });
  // One that was built from other modules must not be taken for this one.
  rmSync(stampFile, { force: true });
  writeFileSync(unavailableFile, `the Pulumi CLI cannot be built here: ${reason}\n`);
  return 0;
}

function build(): number {
  if (isBuilt()) return 0;
  const missing = goIsMissing();
  if (missing !== undefined) return cannotBeHad(missing);
  const refusal = fetchModules();
  if (refusal !== undefined) {
    process.stderr.write(refusal);
    return OUR_FAULT.test(refusal) ? 1 : cannotBeHad("its Go modules cannot be downloaded");
  }
  mkdirSync(join(cli, "bin"), { recursive: true });
  process.stdout.write(`building the Pulumi CLI ${VERSION} (6 to 15 minutes when nothing is cached)\n`);
  if (!compile()) {
    process.stderr.write("the build of the Pulumi CLI failed\n");
    return 1;
  }
  writeFileSync(stampFile, `${stamp()}\n`);
  rmSync(unavailableFile, { force: true });
  return 0;
}

process.exitCode = build();
