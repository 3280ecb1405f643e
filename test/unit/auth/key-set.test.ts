import { describe, expect, it } from "vitest";
import { createKeySet, KeysUnavailableError } from "../../../src/api/auth/key-set.ts";
import { createVirtualClock } from "../../../src/platform/clock.ts";
import { createLogger } from "../../../src/platform/log.ts";
import { AUTHORITY, createDocuments, createKey, ISSUERS, NOON_MS, TENANT } from "./entra-tokens.ts";

const FIRST = createKey("first");
const SECOND = createKey("second");
const SMALL = createKey("small", 1_024);
const HOUR_MS = 3_600_000;

function setUp() {
  const clock = createVirtualClock(NOON_MS);
  const documents = createDocuments([FIRST]);
  const { fetchJson } = documents;
  const log = createLogger("silent");
  const keySet = createKeySet({ authority: AUTHORITY, tenantId: TENANT, issuers: ISSUERS, fetchJson, clock, log });
  /** One refresh asks for two documents and two key sets. */
  const refreshes = () => documents.asked.length / 4;
  return { clock, documents, keySet, refreshes };
}

describe("Entra's signing keys", () => {
  it("are read from the tenant's documents of the configured authority (J1)", async () => {
    const { keySet, documents } = setUp();
    expect(await keySet.find("2.0", "first")).toBeDefined();
    expect(documents.asked).toContain(`${AUTHORITY}/${TENANT}/v2.0/.well-known/openid-configuration`);
    expect(documents.asked).toContain(`${AUTHORITY}/${TENANT}/.well-known/openid-configuration`);
  });

  it("are refused when the document names another issuer or foreign keys (J1)", async () => {
    for (const changes of [
      { issuer: "https://login.microsoftonline.com/common/v2.0" },
      { jwks_uri: "https://evil.test/keys" },
    ]) {
      const { keySet, documents } = setUp();
      documents.changes = changes;
      await expect(keySet.find("2.0", "first")).rejects.toThrow(KeysUnavailableError);
    }
  });

  it("are fetched at most once in 30 s for unknown ids, whoever asks (J4)", async () => {
    const { clock, keySet, refreshes } = setUp();
    const ids = Array.from({ length: 50 }, (_, index) => `unknown-${index}`);
    await Promise.all(ids.map((id) => keySet.find("2.0", id)));
    expect(refreshes()).toBe(1);
    await clock.advance(29_999);
    expect(await keySet.find("1.0", "another")).toBeUndefined();
    expect(refreshes()).toBe(1);
    await clock.advance(1);
    expect(await keySet.find("1.0", "yet-another")).toBeUndefined();
    expect(refreshes()).toBe(2);
  });

  it("are not fetched again for an id that is remembered as unknown (J4)", async () => {
    const { clock, keySet, refreshes } = setUp();
    await keySet.find("2.0", "unknown");
    await clock.advance(10 * 60_000);
    expect(await keySet.find("2.0", "unknown")).toBeUndefined();
    expect(refreshes()).toBe(1);
  });

  it("are found when they appear after a rollover (J4)", async () => {
    const { clock, keySet, documents } = setUp();
    await keySet.find("2.0", "first");
    documents.keys.push(SECOND.publicJwk);
    await clock.advance(30_000);
    expect(await keySet.find("2.0", "second")).toBeDefined();
  });

  it("are refreshed every hour, and one that vanished is no longer current (J4)", async () => {
    const { clock, keySet, documents, refreshes } = setUp();
    const stop = await keySet.start();
    const key = await keySet.find("2.0", "first");
    expect(keySet.isCurrent("2.0", "first", key!)).toBe(true);
    documents.keys = [SECOND.publicJwk];
    await clock.advance(HOUR_MS);
    expect(refreshes()).toBe(2);
    expect(keySet.isCurrent("2.0", "first", key!)).toBe(false);
    expect(await keySet.find("2.0", "first")).toBeUndefined();
    stop();
    await clock.advance(5 * HOUR_MS);
    expect(refreshes()).toBe(2);
  });

  it("serve for 24 h while Entra is down, and are unavailable after that (J4)", async () => {
    const { clock, keySet, documents } = setUp();
    await keySet.find("2.0", "first");
    documents.isDown = true;
    await clock.advance(24 * HOUR_MS);
    expect(await keySet.find("2.0", "first")).toBeDefined();
    await clock.advance(1);
    await expect(keySet.find("2.0", "first")).rejects.toThrow(KeysUnavailableError);
    documents.isDown = false;
    await clock.advance(30_000);
    expect(await keySet.find("2.0", "first")).toBeDefined();
  });

  it("count only as RSA of 2,048 bits for signing, bound to our issuer (J3)", async () => {
    const { keySet, documents } = setUp();
    documents.keys = [
      FIRST.publicJwk,
      SMALL.publicJwk,
      { ...SECOND.publicJwk, kid: "for-encryption", use: "enc" },
      { ...SECOND.publicJwk, kid: "of-another-issuer", issuer: "https://login.microsoftonline.com/other/v2.0" },
      { ...SECOND.publicJwk, kid: "of-version-2", issuer: "https://login.microsoftonline.com/{tenantid}/v2.0" },
      { kty: "EC", use: "sig", kid: "curve", crv: "P-256", x: "AA", y: "AA" },
      { ...SECOND.publicJwk, kid: "broken", n: "!" },
    ];
    const found = async (version: "1.0" | "2.0", id: string) => (await keySet.find(version, id)) !== undefined;
    for (const id of ["small", "for-encryption", "of-another-issuer", "curve", "broken"]) {
      expect([id, await found("2.0", id)]).toEqual([id, false]);
    }
    expect(await found("2.0", "of-version-2")).toBe(true);
    expect(await found("1.0", "of-version-2")).toBe(false);
  });
});
