import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { publishedVersions } from "../../../src/sandbox/api-versions.ts";
import { parseArmPath } from "../../../src/sandbox/arm-path.ts";

const REFERENCE = new URL("../../../../shared/azure/", import.meta.url);
const SERVICES = [
  "app",
  "keyvault",
  "managedidentity",
  "operationalinsights",
  "authorization",
  "containerregistry",
  "postgresql",
];

interface Operation {
  method: string;
  path: string;
  apiVersion: string;
}

describe.skipIf(!existsSync(REFERENCE))("the published surface (needs the reference data folder)", () => {
  test.each(SERVICES)("every version of %s that an SDK uses on a stored type is accepted", (service) => {
    const file = new URL(`${service}/_derived-rest-surface.json`, REFERENCE);
    const { operations } = JSON.parse(readFileSync(file, "utf8")) as { operations: Operation[] };
    const puts = operations.filter(({ method }) => method === "PUT");
    const known = puts.flatMap(({ path, apiVersion }) => {
      const versions = publishedVersions(parseArmPath(path.replaceAll(/\{[^}]+\}/g, "x"))?.type ?? "");
      return versions === undefined ? [] : [{ path, apiVersion, accepted: versions.includes(apiVersion) }];
    });
    expect(known.length).toBeGreaterThan(0);
    expect(known.filter(({ accepted }) => !accepted)).toEqual([]);
  });
});
