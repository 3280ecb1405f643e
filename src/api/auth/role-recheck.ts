import { LRUCache } from "lru-cache";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log.ts";
import type { Role } from "../contract.ts";
import { unsealToken } from "./sealed-token.ts";
import type { SessionRow } from "./store.ts";

/**
 * Asks Entra again for the role of a signed-in person (threats B5), with the refresh token that only the session's cookie
 * can open. In: a session whose role may be old. Out: what became of it, through the port below; one question at a time
 * per session, whoever waits. While Entra cannot be reached it is asked once a minute, and nobody waits for it then.
 */
export interface RoleRecheck {
  /** Resolves when the role is fresh, the session ended, or Entra could not be reached. */
  ensure(session: RecheckedSession, cookieValue: string): Promise<void>;
}

export interface RecheckedSession {
  row: SessionRow;
  role: Role;
  objectId: string;
}

/** What Entra says when a sign-in is refreshed. */
export type RefreshOutcome =
  | { kind: "renewed"; role: Role | null; refreshToken: string | undefined }
  /** `person` = the account or its right to sign in is gone; `session` = a new sign-in is needed. */
  | { kind: "refused"; scope: "person" | "session"; reason: string }
  | { kind: "unreachable"; reason: string };

/** Where the answers go. */
export interface RecheckPort {
  /** Never throws for what Entra answers or fails to. */
  refresh(refreshToken: string, objectId: string): Promise<RefreshOutcome>;
  renew(session: RecheckedSession, cookieValue: string, role: Role, refreshToken: string | undefined): Promise<void>;
  endSession(row: SessionRow, reason: string): Promise<void>;
  endPerson(personId: string, reason: string): Promise<void>;
  /** The first time that Entra could not be reached for this session. */
  noteUnreachable(row: SessionRow, reason: string): Promise<void>;
}

/** While Entra cannot be reached, the last role serves for so long. */
export const LAST_ROLE_MS_MAX = 12 * 60 * 60_000;
export const ASK_AGAIN_MS = 60_000;
const SESSIONS_MAX = 10_000;

export function createRoleRecheck(clock: Clock, log: Logger, recheckMinutes: number, port: RecheckPort): RoleRecheck {
  const underWay = new Map<string, Promise<void>>();
  /** Sessions for which Entra could not be reached, and when it is asked again. */
  const unreachable = new LRUCache<string, number>({ max: SESSIONS_MAX });

  const apply = async (session: RecheckedSession, cookieValue: string, outcome: RefreshOutcome) => {
    const { row } = session;
    const key = keyOf(row);
    if (outcome.kind === "unreachable") {
      if (!unreachable.has(key)) await port.noteUnreachable(row, outcome.reason);
      unreachable.set(key, clock.now() + ASK_AGAIN_MS);
      return;
    }
    unreachable.delete(key);
    if (outcome.kind === "renewed" && outcome.role !== null) {
      await port.renew(session, cookieValue, outcome.role, outcome.refreshToken);
    } else if (outcome.kind === "renewed") {
      await port.endPerson(row.person_id, "Entra names no role of Watchbell any more");
    } else if (outcome.scope === "person") await port.endPerson(row.person_id, outcome.reason);
    else await port.endSession(row, outcome.reason);
  };
  const ask = async (session: RecheckedSession, cookieValue: string) => {
    const sealed = session.row.refresh_token;
    if (sealed === null) return port.endSession(session.row, "Entra gave no refresh token to ask for the role with");
    const outcome = await port.refresh(unsealToken(cookieValue, sealed), session.objectId);
    await apply(session, cookieValue, outcome);
  };
  const askOnce = (session: RecheckedSession, cookieValue: string): Promise<void> => {
    const key = keyOf(session.row);
    const running = underWay.get(key) ?? ask(session, cookieValue).finally(() => underWay.delete(key));
    underWay.set(key, running);
    return running;
  };
  const ensure: RoleRecheck["ensure"] = async (session, cookieValue) => {
    const ageMs = clock.now() - session.row.role_read_at.getTime();
    if (ageMs < recheckMinutes * 60_000) return;
    const askAgainAt = unreachable.get(keyOf(session.row));
    if (askAgainAt === undefined || ageMs > LAST_ROLE_MS_MAX) return askOnce(session, cookieValue);
    if (clock.now() < askAgainAt) return;
    // Entra was away a minute ago: the answer counts from the next request on.
    askOnce(session, cookieValue).catch((error: Error) => log.warn({ problem: error.message }, "ask for a role again"));
  };
  return { ensure };
}

const keyOf = (row: SessionRow) => row.digest.toString("hex");
