import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Kysely } from "kysely";
import type { Database } from "../../migrations/tables.ts";
import type { Clock } from "../../platform/clock.ts";
import { appendAudit } from "../../platform/database/audit.ts";
import { ProblemError } from "../../platform/errors.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { createLastUse } from "./last-use.ts";
import { createCredential, digestOf, TOKEN_PREFIX } from "./random-credential.ts";
import { insertSourceKey, listValidSourceKeys, revokeSourceKey, type SourceKeyRow, touchSourceKey } from "./store.ts";

/**
 * Keys by which sources push (threats J11): one names team and source. Found in memory, so that the intake's hot path
 * asks no database; read again every 30 s and at each change made here. Two keys are valid at a time, for rotation.
 */
export interface SourceKeys {
  /** Reads the keys and keeps them fresh; the answer stops it. Throws when the first read fails. */
  start(): Promise<() => void>;
  /** Whose key is it? Undefined = nobody's. */
  find(key: string): SourceKeyMatch | undefined;
  /** Makes a key, shown once. `value` is for the bootstrap setting. Throws 409 when the source has two. */
  create(request: {
    teamId: string;
    sourceId: string;
    actor: string;
    value?: string;
  }): Promise<{ id: string; key: string }>;
  /** Valid no more, in this process at once. False when there was none. */
  revoke(request: { teamId: string; sourceId: string; keyId: string; actor: string }): Promise<boolean>;
  /** Reads the keys again now. */
  reload(): Promise<void>;
}

export interface SourceKeyMatch {
  teamId: string;
  sourceId: string;
  keyId: string;
}

const RELOAD_MS = 30_000;
const VALID_KEYS_MAX = 2;
const KEY_CHARS_MAX = 512;
export const SOURCE_KEY_HEADER = "x-watchbell-key";

/**
 * The key of a request: header `X-Watchbell-Key`, or `?key=` for senders that can only be given an address. Undefined =
 * none. Throws 400 when there is more than one.
 */
export function readSourceKey(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const header = headers[SOURCE_KEY_HEADER];
  const given = [...(header === undefined ? [] : [header].flat()), ...query.getAll("key")];
  if (given.length > 1) throw new ProblemError("two-credentials", "Send one key: in X-Watchbell-Key or as ?key=.");
  return given[0];
}

export function createSourceKeys(options: { db: Kysely<Database>; clock: Clock; ids: Ids; log: Logger }): SourceKeys {
  const { db, clock, ids, log } = options;
  let byDigest = new Map<string, SourceKeyRow>();
  const noteUse = createLastUse(clock, log, async (id, now, isNotable) => {
    const row = [...byDigest.values()].find((candidate) => candidate.id === id);
    if (!row) return;
    await touchSourceKey(db, row.team_id, row.source_id, id, new Date(now));
    if (isNotable) await audit("source-key-used", row.team_id, row.source_id, id, `source ${row.source_id}`);
  });
  const audit = (action: string, teamId: string, sourceId: string, keyId: string, actor: string) =>
    appendAudit(db.$pickTables<"audit">(), {
      teamId,
      at: clock.now(),
      actor,
      action,
      target: sourceId,
      data: { keyId },
    });

  const reload = async () => {
    const rows = await listValidSourceKeys(db, new Date(clock.now()));
    byDigest = new Map(rows.map((row) => [row.digest.toString("base64"), row]));
  };
  const find = (key: string): SourceKeyMatch | undefined => {
    if (key === "" || key.length > KEY_CHARS_MAX) return undefined;
    const digest = digestOf(key);
    const row = byDigest.get(digest.toString("base64"));
    if (!row || !timingSafeEqual(row.digest, digest)) return undefined;
    if (row.expires_at && row.expires_at.getTime() <= clock.now()) return undefined;
    noteUse(row.id, row.last_used_at);
    return { teamId: row.team_id, sourceId: row.source_id, keyId: row.id };
  };
  const create: SourceKeys["create"] = async ({ teamId, sourceId, actor, value }) => {
    await reload();
    const valid = [...byDigest.values()].filter((row) => row.team_id === teamId && row.source_id === sourceId);
    if (valid.length >= VALID_KEYS_MAX) {
      throw new ProblemError("conflict", "This source has two valid keys; revoke one first.");
    }
    const key = value ?? TOKEN_PREFIX + createCredential();
    const now = new Date(clock.now());
    const id = ids.next(clock.now());
    const row = { team_id: teamId, source_id: sourceId, id, digest: digestOf(key), created_at: now };
    await insertSourceKey(db, { ...row, expires_at: null, revoked_at: null, last_used_at: null });
    await audit("source-key-created", teamId, sourceId, id, actor);
    await reload();
    return { id, key };
  };
  const revoke: SourceKeys["revoke"] = async ({ teamId, sourceId, keyId, actor }) => {
    const revoked = await revokeSourceKey(db, teamId, sourceId, keyId, new Date(clock.now()));
    if (revoked > 0) await audit("source-key-revoked", teamId, sourceId, keyId, actor);
    await reload();
    return revoked > 0;
  };
  const start = async () => {
    await reload();
    let cancel: (() => void) | undefined;
    let stopped = false;
    const again = async () => {
      await reload().catch((error: Error) =>
        log.warn({ problem: error.message }, "the source keys were not read again"),
      );
      if (!stopped) cancel = clock.setTimer(clock.now() + RELOAD_MS, () => void again());
    };
    cancel = clock.setTimer(clock.now() + RELOAD_MS, () => void again());
    return () => {
      stopped = true;
      cancel?.();
    };
  };
  return { start, find, create, revoke, reload };
}
