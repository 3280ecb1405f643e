import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { StateFolder, World } from "../world.ts";

const STATE_NAME = "refresh-tokens";
const CODE_LIFETIME_MS = 10 * 60 * 1_000;
const REFRESH_LIFETIME_MS = 90 * 24 * 60 * 60 * 1_000;
/** Oldest first out; far more than the people of a demonstration need. */
const ENTRIES_MAX = 1_000;

/** What a person agreed to at the sign-in page. */
export interface SignIn {
  clientId: string;
  userObjectId: string;
  redirectUri: string;
  scope: string;
  nonce?: string | undefined;
  codeChallenge: string;
  expiresAt: number;
  redeemed: boolean;
}

/** A refresh token's grant, kept under the token's digest. */
export interface RefreshGrant {
  clientId: string;
  userObjectId: string;
  scope: string;
  expiresAt: number;
}

/** Authorization codes (in memory) and refresh tokens (remembered between starts, as digests). */
export interface SignInStore {
  addCode(signIn: Omit<SignIn, "expiresAt" | "redeemed">): string;
  /** The sign-in behind a code, redeemed or not; undefined for an unknown one. */
  findCode(code: string): SignIn | undefined;
  addRefreshToken(grant: Omit<RefreshGrant, "expiresAt">): string;
  findRefreshToken(token: string): RefreshGrant | undefined;
}

const storedGrants = z.array(
  z.tuple([
    z.string(),
    z.object({ clientId: z.string(), userObjectId: z.string(), scope: z.string(), expiresAt: z.number() }),
  ]),
);

export function createSignInStore(world: World, state: StateFolder): SignInStore {
  const codes = new Map<string, SignIn>();
  const grants = new Map<string, RefreshGrant>(storedGrants.parse(state.load(STATE_NAME) ?? []));
  return {
    addCode(signIn) {
      const code = randomBytes(32).toString("base64url");
      remember(codes, code, { ...signIn, expiresAt: world.now() + CODE_LIFETIME_MS, redeemed: false });
      return code;
    },
    findCode: (code) => codes.get(code),
    addRefreshToken(grant) {
      const token = randomBytes(48).toString("base64url");
      remember(grants, digest(token), { ...grant, expiresAt: world.now() + REFRESH_LIFETIME_MS });
      state.save(STATE_NAME, () => [...grants]);
      return token;
    },
    findRefreshToken: (token) => grants.get(digest(token)),
  };
}

const digest = (token: string) => createHash("sha256").update(token).digest("base64url");

function remember<T>(entries: Map<string, T>, key: string, entry: T): void {
  entries.set(key, entry);
  const oldest = entries.keys().next().value;
  if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
}
