import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { z } from "zod";
import type { StateFolder } from "../world.ts";

const STATE_NAME = "entra-keys";
const ALGORITHM = "RS256";
const MODULUS_BITS = 2_048;

/** Entra's signing key and the public half as the key set shows it. */
export interface SigningKeys {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  publicJwk: JWK;
}

const storedKey = z.looseObject({ kty: z.literal("RSA"), n: z.string(), e: z.string(), d: z.string() });

/** The key of earlier starts, so that tokens outlive a restart, else a new one (the state folder's files are 0600). */
export async function loadSigningKeys(state: StateFolder): Promise<SigningKeys> {
  const remembered = state.load(STATE_NAME);
  const privateJwk = remembered === undefined ? await newPrivateJwk() : (storedKey.parse(remembered) as JWK);
  if (remembered === undefined) state.save(STATE_NAME, () => privateJwk);
  const { kty, n, e } = privateJwk as { kty: string; n: string; e: string };
  const kid = await calculateJwkThumbprint({ kty, n, e });
  return {
    kid,
    privateKey: (await importJWK(privateJwk, ALGORITHM)) as CryptoKey,
    publicKey: (await importJWK({ kty, n, e }, ALGORITHM)) as CryptoKey,
    publicJwk: { kty, use: "sig", kid, n, e },
  };
}

async function newPrivateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { modulusLength: MODULUS_BITS, extractable: true });
  return exportJWK(privateKey);
}
