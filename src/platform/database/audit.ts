import { createHash } from "node:crypto";
import { type ColumnType, type Kysely, sql, type Transaction } from "kysely";

/**
 * The audit log (threats D3, S6): who did what to what. Rows can only be added; each carries the hash of the one before
 * it in its team, so one changed byte breaks the chain from there on. `verifyAuditChain` finds the place.
 */
export interface AuditEntry {
  teamId: string;
  /** Epoch milliseconds. */
  at: number;
  /** Who: a person's id, or a word such as `system` or `unknown`. */
  actor: string;
  /** What, for example `sign-in`, `token-created`. */
  action: string;
  /** To what: an id or a name; never a secret. */
  target: string;
  /** Facts for programs; plain JSON, no secrets. */
  data: Record<string, unknown>;
}

/** The one table this file knows; any database that has it will do. */
export interface AuditTables {
  audit: {
    team_id: string;
    sequence: ColumnType<string, number | string, number | string>;
    at: Date;
    actor: string;
    action: string;
    target: string;
    data: ColumnType<unknown, string, string>;
    previous_hash: Buffer;
    hash: Buffer;
  };
}

/** What the chain check found. */
export type AuditVerdict =
  | { intact: true; entries: number; head: Buffer }
  | { intact: false; brokenAt: number; reason: "sequence" | "previous-hash" | "hash" };

/** The hash "before" the first entry of a team. */
const ORIGIN = Buffer.alloc(32);
/** Namespace of the advisory locks that serialise the entries of one team. */
const LOCK_SPACE = 0x617564;
const PAGE_ROWS = 1_000;

/**
 * Adds an entry at the end of its team's chain, in a transaction of its own or in the caller's. Entries of one team
 * wait for each other; keep the caller's transaction short.
 */
export async function appendAudit(db: Kysely<AuditTables>, entry: AuditEntry): Promise<void> {
  if (db.isTransaction) return appendWithin(db, entry);
  await db.transaction().execute((transaction) => appendWithin(transaction, entry));
}

async function appendWithin(db: Kysely<AuditTables> | Transaction<AuditTables>, entry: AuditEntry): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_SPACE)}, hashtext(${entry.teamId}))`.execute(db);
  const last = await db
    .selectFrom("audit")
    .select(["sequence", "hash"])
    .where("team_id", "=", entry.teamId)
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  const sequence = Number(last?.sequence ?? 0) + 1;
  const previousHash = last?.hash ?? ORIGIN;
  const { teamId, at, actor, action, target, data } = entry;
  const hash = hashEntry(previousHash, sequence, entry);
  await db
    .insertInto("audit")
    .values({
      team_id: teamId,
      sequence,
      at: new Date(at),
      actor,
      action,
      target,
      data: JSON.stringify(data),
      previous_hash: previousHash,
      hash,
    })
    .execute();
}

/** Walks a team's whole chain, 1,000 entries at a time. */
export async function verifyAuditChain(db: Kysely<AuditTables>, teamId: string): Promise<AuditVerdict> {
  let head: Buffer = ORIGIN;
  let entries = 0;
  for (;;) {
    const rows = await db
      .selectFrom("audit")
      .selectAll()
      .where("team_id", "=", teamId)
      .where("sequence", ">", String(entries))
      .orderBy("sequence")
      .limit(PAGE_ROWS)
      .execute();
    for (const row of rows) {
      const sequence = entries + 1;
      if (Number(row.sequence) !== sequence) return { intact: false, brokenAt: sequence, reason: "sequence" };
      if (!row.previous_hash.equals(head)) return { intact: false, brokenAt: sequence, reason: "previous-hash" };
      const data = row.data as Record<string, unknown>;
      const entry = { teamId, at: row.at.getTime(), actor: row.actor, action: row.action, target: row.target, data };
      if (!row.hash.equals(hashEntry(head, sequence, entry))) {
        return { intact: false, brokenAt: sequence, reason: "hash" };
      }
      head = row.hash;
      entries = sequence;
    }
    if (rows.length < PAGE_ROWS) return { intact: true, entries, head };
  }
}

function hashEntry(previousHash: Buffer, sequence: number, entry: AuditEntry): Buffer {
  const { teamId, at, actor, action, target, data } = entry;
  const facts = [sequence, teamId.toLowerCase(), at, actor, action, target, canonical(data)];
  return createHash("sha256").update(previousHash).update(JSON.stringify(facts)).digest();
}

/** The same text for the same JSON value, whatever order `jsonb` gives the members back in. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  // As pairs, so that names that look like numbers keep their place too.
  return members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, canonical(member)]);
}
