import { describe, expect, it } from "vitest";
import { createKeySet } from "../../../src/api/auth/key-set.ts";
import { createTokenValidators } from "../../../src/api/auth/token-validators.ts";
import { createVirtualClock } from "../../../src/platform/clock.ts";
import { ProblemError } from "../../../src/platform/errors.ts";
import { createLogger } from "../../../src/platform/log.ts";
import {
  ACTION_GROUPS,
  AUTHORITY,
  apiClaims,
  createDocuments,
  createKey,
  DAEMON,
  INTAKE_ROLE,
  ISSUERS,
  idClaims,
  intakeClaims,
  intakeClaimsV2,
  NOON_MS,
  PERSON,
  PORTAL,
  SENDER,
  signToken,
  signWithPublicKey,
  TENANT,
} from "./entra-tokens.ts";

const KEY = createKey("first");
const FOREIGN_KEY = createKey("first");
const SECONDS = NOON_MS / 1_000;
const OTHER = "99999999-9999-4999-8999-999999999999";

function setUp() {
  const clock = createVirtualClock(NOON_MS);
  const documents = createDocuments([KEY]);
  const log = createLogger("silent");
  const { fetchJson } = documents;
  const keySet = createKeySet({ authority: AUTHORITY, tenantId: TENANT, issuers: ISSUERS, fetchJson, clock, log });
  const validators = createTokenValidators({
    keySet,
    clock,
    tenantId: TENANT,
    issuers: ISSUERS,
    intake: { clientId: DAEMON, audiences: ["api://watchbell"], callers: [ACTION_GROUPS], role: INTAKE_ROLE },
    portalClientId: PORTAL,
  });
  return { clock, documents, keySet, ...validators };
}

/** The refusal's claim or part; also proves that neither token nor values are repeated (J9). */
async function refusal(verifying: Promise<unknown>, raw: string): Promise<string> {
  const error = await verifying.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemError)) return "accepted";
  expect(error.code).toBe("unauthenticated");
  expect(error.headers["WWW-Authenticate"]).toContain("Bearer");
  expect(error.message).not.toContain(raw);
  for (const part of raw.split(".").filter((text) => text !== "")) expect(error.message).not.toContain(part);
  const [issue] = error.issues;
  expect(error.message).toContain(issue!.expected);
  return issue!.path;
}

describe("the intake's validator", () => {
  it("accepts an action group's token of version 1 and version 2 (J2, J7)", async () => {
    const { validateIntakeToken } = setUp();
    const expected = { clientId: ACTION_GROUPS, objectId: SENDER };
    expect(await validateIntakeToken(signToken(KEY, intakeClaims()))).toMatchObject(expected);
    expect(await validateIntakeToken(signToken(KEY, intakeClaims({ aud: DAEMON })))).toMatchObject(expected);
    expect(await validateIntakeToken(signToken(KEY, intakeClaims({ aud: "api://watchbell" })))).toMatchObject(expected);
    expect(await validateIntakeToken(signToken(KEY, intakeClaimsV2()))).toMatchObject(expected);
  });

  const wrong: [title: string, claims: object, path: string][] = [
    ["no version", intakeClaims({ ver: undefined }), "ver"],
    ["a version as a number", intakeClaims({ ver: 1 }), "ver"],
    ["the issuer of the other version", intakeClaims({ iss: ISSUERS["2.0"] }), "iss"],
    ["an issuer without its slash", intakeClaims({ iss: ISSUERS["1.0"].slice(0, -1) }), "iss"],
    ["an issuer in another case", intakeClaims({ iss: ISSUERS["1.0"].toUpperCase() }), "iss"],
    ["an issuer of another tenant", intakeClaims({ iss: `https://sts.windows.net/${OTHER}/` }), "iss"],
    ["another tenant", intakeClaims({ tid: OTHER }), "tid"],
    ["no tenant", intakeClaims({ tid: undefined }), "tid"],
    ["another audience", intakeClaims({ aud: "https://graph.microsoft.com" }), "aud"],
    ["the right audience in an array", intakeClaims({ aud: [`api://${DAEMON}`] }), "aud"],
    ["an audience in another case", intakeClaims({ aud: `API://${DAEMON}` }), "aud"],
    ["an App ID URI as audience of version 2", intakeClaimsV2({ aud: `api://${DAEMON}` }), "aud"],
    ["the client in the claim of the other version", intakeClaims({ appid: undefined, azp: ACTION_GROUPS }), "appid"],
    ["the version 1 client claim in version 2", intakeClaimsV2({ azp: undefined, appid: ACTION_GROUPS }), "azp"],
    ["a client that is not on the list", intakeClaims({ appid: OTHER }), "appid"],
    ["no roles", intakeClaims({ roles: undefined }), "roles"],
    ["other roles", intakeClaims({ roles: ["Reader"] }), "roles"],
    ["roles as a text", intakeClaims({ roles: INTAKE_ROLE }), "roles"],
    ["a person's scopes", intakeClaims({ scp: "access_as_user" }), "scp"],
    ["a person's subject", intakeClaims({ sub: "somebody" }), "sub"],
    ["a person's type", intakeClaims({ idtyp: "user" }), "idtyp"],
    ["no object id", intakeClaims({ oid: undefined }), "oid"],
    ["no expiry", intakeClaims({ exp: undefined }), "exp"],
    ["an expiry as a text", intakeClaims({ exp: String(SECONDS + 3_600) }), "exp"],
    ["an expiry beyond the tolerance", intakeClaims({ exp: SECONDS - 120 }), "exp"],
    ["no start", intakeClaims({ nbf: undefined }), "nbf"],
    ["a start beyond the tolerance", intakeClaims({ nbf: SECONDS + 121 }), "nbf"],
    ["no issue time", intakeClaims({ iat: undefined }), "iat"],
    ["an issue time in the future", intakeClaims({ iat: SECONDS + 121 }), "iat"],
    ["a life of more than 28 hours", intakeClaims({ exp: SECONDS + 28 * 3_600 }), "exp"],
  ];
  it.each(wrong)("refuses a token with %s", async (_title, claims, path) => {
    const { validateIntakeToken } = setUp();
    const raw = signToken(KEY, claims);
    expect(await refusal(validateIntakeToken(raw), raw)).toBe(path);
  });

  it("forgives clocks that differ by two minutes (J5)", async () => {
    const { validateIntakeToken } = setUp();
    const claims = intakeClaims({ exp: SECONDS - 119, nbf: SECONDS - 3_600, iat: SECONDS - 3_600 });
    await expect(validateIntakeToken(signToken(KEY, claims))).resolves.toBeDefined();
    const young = intakeClaims({ nbf: SECONDS + 120, iat: SECONDS + 120 });
    await expect(validateIntakeToken(signToken(KEY, young))).resolves.toBeDefined();
  });
});

describe("the outside of a token", () => {
  const claims = intakeClaims();
  const signed = signToken(KEY, claims);
  const [head, body, signature] = signed.split(".") as [string, string, string];
  const wrong: [title: string, raw: string, path: string][] = [
    ["five parts", `${head}.${body}.${body}.${body}.${signature}`, "token"],
    ["two parts", `${head}.${body}`, "token"],
    ["more than 16 KiB", `${head}.${body}.${"A".repeat(16_400)}`, "token"],
    ["a header that is no JSON", `AAAA.${body}.${signature}`, "header"],
    ["claims that are a list", `${head}.${Buffer.from("[]").toString("base64url")}.${signature}`, "claims"],
    ["alg none", `${Buffer.from('{"alg":"none","kid":"first"}').toString("base64url")}.${body}.`, "header alg"],
    ["HS256 by the public key", signWithPublicKey(KEY, claims), "header alg"],
    ["PS256", signToken(KEY, claims, { alg: "PS256" }), "header alg"],
    ["crit", signToken(KEY, claims, { crit: ["exp"] }), "header crit"],
    ["b64", signToken(KEY, claims, { b64: false }), "header b64"],
    ["zip", signToken(KEY, claims, { zip: "DEF" }), "header zip"],
    ["no kid", signToken(KEY, claims, { kid: undefined }), "header kid"],
    ["an unknown kid", signToken(KEY, claims, { kid: "other" }), "header kid"],
    ["somebody else's key under our kid", signToken(FOREIGN_KEY, claims), "signature"],
    ["its own key in jwk", signToken(FOREIGN_KEY, claims, { jwk: FOREIGN_KEY.publicJwk }), "signature"],
    [
      "addresses of keys",
      signToken(FOREIGN_KEY, claims, { jku: "https://evil.test", x5u: "https://evil.test" }),
      "signature",
    ],
    [
      "another token's signature",
      `${head}.${signToken(KEY, intakeClaimsV2()).split(".")[1]}.${signature}`,
      "signature",
    ],
    ["no signature", `${head}.${body}.`, "signature"],
  ];
  it.each(wrong)("is refused with %s (J1, J3, J5)", async (_title, raw, path) => {
    const { validateIntakeToken, documents } = setUp();
    expect(await refusal(validateIntakeToken(raw), raw)).toBe(path);
    expect(documents.asked.filter((url) => !url.startsWith(AUTHORITY))).toEqual([]);
  });

  it("answers 503 with Retry-After while the keys cannot be read", async () => {
    const { validateIntakeToken, documents } = setUp();
    documents.isDown = true;
    const answer = await validateIntakeToken(signed).catch((error: unknown) => error);
    expect(answer).toMatchObject({ status: 503, headers: { "Retry-After": "30" } });
  });

  it("causes no fetch when its claims are wrong already", async () => {
    const { validateIntakeToken, documents } = setUp();
    await validateIntakeToken(signToken(KEY, intakeClaims({ tid: OTHER }))).catch(() => undefined);
    expect(documents.asked).toEqual([]);
  });
});

describe("the API's validator", () => {
  it("tells people and apps apart and takes the highest role (J6)", async () => {
    const { validateApiToken } = setUp();
    const person = await validateApiToken(signToken(KEY, apiClaims({ roles: ["Viewer", "Manager", "Unknown"] })));
    expect(person).toMatchObject({ kind: "person", objectId: PERSON, role: "Manager", name: "Ada Quist" });
    const claims = apiClaims({ scp: undefined, idtyp: "app", oid: SENDER, sub: SENDER, name: undefined });
    const app = await validateApiToken(signToken(KEY, claims));
    expect(app).toMatchObject({ kind: "app", objectId: SENDER, role: "Responder" });
  });

  it("lets a person without a role through with none, for a 403", async () => {
    const { validateApiToken } = setUp();
    expect((await validateApiToken(signToken(KEY, apiClaims({ roles: undefined })))).role).toBeNull();
  });

  const wrong: [title: string, claims: object, path: string][] = [
    ["an ID token", idClaims(), "azp"],
    ["an ID token that names a client", idClaims({ azp: PORTAL }), "nonce"],
    ["an intake token", intakeClaims(), "aud"],
    ["an intake token for a shared client id", intakeClaims({ aud: PORTAL }), "roles"],
    ["a Graph token", apiClaims({ aud: "00000003-0000-0000-c000-000000000000" }), "aud"],
    ["other scopes", apiClaims({ scp: "User.Read openid" }), "scp"],
    ["an app's type beside scopes", apiClaims({ idtyp: "app" }), "idtyp"],
    ["an app without a role of ours", apiClaims({ scp: undefined, idtyp: "app", roles: [INTAKE_ROLE] }), "roles"],
  ];
  it.each(wrong)("refuses %s", async (_title, claims, path) => {
    const { validateApiToken } = setUp();
    const raw = signToken(KEY, claims);
    expect(await refusal(validateApiToken(raw), raw)).toBe(path);
  });
});

describe("the sign-in's validator", () => {
  it("accepts an ID token with our nonce, or of the person who refreshes", async () => {
    const { validateIdToken } = setUp();
    const raw = signToken(KEY, idClaims());
    expect(await validateIdToken(raw, { nonce: "the-nonce" })).toMatchObject({ objectId: PERSON, role: "Responder" });
    expect(await validateIdToken(raw, { objectId: PERSON })).toMatchObject({ objectId: PERSON });
    expect(await refusal(validateIdToken(raw, { objectId: OTHER }), raw)).toBe("oid");
  });

  const wrong: [title: string, claims: object, path: string][] = [
    ["another nonce", idClaims({ nonce: "another" }), "nonce"],
    ["no nonce", idClaims({ nonce: undefined }), "nonce"],
    ["an access token", apiClaims({ nonce: "the-nonce" }), "scp"],
    ["an app's token", apiClaims({ scp: undefined, idtyp: "app", nonce: "the-nonce" }), "idtyp"],
    ["an intake token", intakeClaims(), "ver"],
    ["an intake token of version 2", intakeClaimsV2(), "aud"],
    ["no object id", idClaims({ oid: undefined }), "oid"],
  ];
  it.each(wrong)("refuses %s", async (_title, claims, path) => {
    const { validateIdToken } = setUp();
    const raw = signToken(KEY, claims);
    expect(await refusal(validateIdToken(raw, { nonce: "the-nonce" }), raw)).toBe(path);
  });

  it("keeps names as short, well-formed text for display (J8)", async () => {
    const { validateIdToken } = setUp();
    const raw = signToken(KEY, idClaims({ name: ` A\u0000\ud800${"x".repeat(500)}` }));
    const { name } = await validateIdToken(raw, { nonce: "the-nonce" });
    expect(name).toHaveLength(200);
    expect(name.isWellFormed()).toBe(true);
    expect(name).not.toContain("\u0000");
  });
});

describe("the memory of verified tokens", () => {
  it("verifies a storm of pushes with one token once, and still sees it expire", async () => {
    const { validateIntakeToken, keySet, clock } = setUp();
    let lookUps = 0;
    const { find } = keySet;
    keySet.find = (version, id) => {
      lookUps += 1;
      return find(version, id);
    };
    const raw = signToken(KEY, intakeClaims());
    await Promise.all(Array.from({ length: 1_000 }, () => validateIntakeToken(raw)));
    for (let push = 0; push < 1_000; push++) await validateIntakeToken(raw);
    expect(lookUps).toBe(1);
    await clock.advance(3_600_000 + 120_000);
    expect(await refusal(validateIntakeToken(raw), raw)).toBe("exp");
  });

  it("forgets a token when its key is withdrawn", async () => {
    const { validateIntakeToken, keySet, documents, clock } = setUp();
    const stop = await keySet.start();
    const claims = intakeClaims({ exp: SECONDS + 20 * 3_600 });
    const raw = signToken(KEY, claims);
    await validateIntakeToken(raw);
    documents.keys = [createKey("next").publicJwk];
    await clock.advance(3_600_000);
    expect(await refusal(validateIntakeToken(raw), raw)).toBe("header kid");
    stop();
  });

  it("keeps the purposes apart: a remembered intake token opens no API", async () => {
    const { validateIntakeToken, validateApiToken } = setUp();
    const raw = signToken(KEY, intakeClaims());
    await validateIntakeToken(raw);
    expect(await refusal(validateApiToken(raw), raw)).toBe("aud");
  });
});
