import { timingSafeEqual } from "node:crypto";
import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { findApplication } from "../directory.ts";
import type { DirectoryApplication, World } from "../world.ts";
import { EntraError } from "./errors.ts";
import type { SigningKeys } from "./keys.ts";
import { TOKEN_EXCHANGE } from "./resource.ts";
import { type ClientProof, issuerV1, issuerV2 } from "./tokens.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface AuthenticatedClient {
  application: DirectoryApplication;
  proof: ClientProof;
}

/**
 * Who calls the token endpoint: a client assertion that a federated credential trusts, or a client secret (in the form
 * or as HTTP Basic). Throws `EntraError`; a client without either is refused (7000218), public clients are not allowed.
 */
export async function authenticateClient(
  world: World,
  keys: SigningKeys,
  form: URLSearchParams,
  authorization: string | undefined,
): Promise<AuthenticatedClient> {
  const basic = readBasic(authorization);
  const clientId = form.get("client_id") ?? basic?.clientId;
  if (!clientId) throw new EntraError(90014, "client_id");
  const application = findApplication(world.directory, clientId);
  if (application === undefined) throw new EntraError(700016, clientId, world.directory.tenantId);
  const assertion = form.get("client_assertion");
  if (assertion !== null) {
    if (form.get("client_assertion_type") !== ASSERTION_TYPE) throw new EntraError(90014, "client_assertion_type");
    await checkAssertion(world, keys, application, assertion);
    return { application, proof: "assertion" };
  }
  const secret = form.get("client_secret") ?? basic?.secret;
  if (!secret) throw new EntraError(7000218);
  checkSecret(world, application, secret);
  return { application, proof: "secret" };
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are put together. */
function readBasic(authorization: string | undefined): { clientId: string; secret: string } | undefined {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [clientId = "", secret = ""] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const decode = (text: string) => new URLSearchParams(`v=${text}`).get("v") ?? "";
  return { clientId: decode(clientId), secret: decode(secret) };
}

function checkSecret(world: World, application: DirectoryApplication, secret: string): void {
  const given = Buffer.from(secret);
  const found = application.secrets.find(({ value }) => {
    const stored = Buffer.from(value);
    return stored.length === given.length && timingSafeEqual(stored, given);
  });
  if (found === undefined) throw new EntraError(7000215, application.clientId);
  if (found.expiresAt <= world.now()) throw new EntraError(7000222, application.clientId);
}

async function checkAssertion(
  world: World,
  keys: SigningKeys,
  application: DirectoryApplication,
  assertion: string,
): Promise<void> {
  const { tenantId } = world.directory;
  const claimed = decodeAssertion(assertion);
  const trusted = application.federatedCredentials.filter(({ issuer }) => issuer === claimed.iss);
  const ours = claimed.iss === issuerV1(tenantId) || claimed.iss === issuerV2(tenantId);
  if (!ours || trusted.length === 0) throw new EntraError(700211, claimed.iss ?? "");
  await verifySignature(world, keys, assertion, claimed);
  const ofSubject = trusted.filter(({ subject }) => subject === claimed.sub);
  if (ofSubject.length === 0) throw new EntraError(700213, claimed.sub ?? "");
  const audience = claimed.aud === TOKEN_EXCHANGE.clientId ? TOKEN_EXCHANGE.uri : String(claimed.aud);
  if (!ofSubject.some(({ audiences }) => audiences.includes(audience))) throw new EntraError(700212, audience);
}

function decodeAssertion(assertion: string): JWTPayload {
  try {
    return decodeJwt(assertion);
  } catch {
    throw new EntraError(50027);
  }
}

async function verifySignature(world: World, keys: SigningKeys, assertion: string, claimed: JWTPayload): Promise<void> {
  try {
    const currentDate = new Date(world.now());
    await jwtVerify(assertion, keys.publicKey, { algorithms: ["RS256"], currentDate, requiredClaims: ["exp"] });
  } catch (error) {
    if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
      const expiry = claimed.exp === undefined ? "none" : new Date(claimed.exp * 1_000).toISOString();
      throw new EntraError(700024, new Date(world.now()).toISOString(), expiry);
    }
    throw new EntraError(700027);
  }
}
