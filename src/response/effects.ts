import type { AlertRow } from "../alert/store.ts";
import type { ClaimedMessage } from "../channels/outgoing.ts";

/** What a transaction wants done once it is committed: nothing of it happens if it is rolled back. */
export interface Effects {
  /** Messages committed as claimed: send them. */
  messages: ClaimedMessage[];
  /** Alerts whose waiting messages were cancelled. */
  cancelled: string[];
  /** Alerts as they are now, for the event stream. */
  changed: AlertRow[];
  /** Due times that were written. */
  dueAt: number[];
  /** A write-back was queued. */
  writeBack: boolean;
}

export const noEffects = (): Effects => ({ messages: [], cancelled: [], changed: [], dueAt: [], writeBack: false });
