import type { AlertItem } from "../alert/alert.ts";
import type { ChannelKind, MessageKind } from "./channel.ts";

/** A message that this process has claimed: committed as pending with a lease, to be sent now. */
export interface ClaimedMessage {
  id: string;
  teamId: string;
  alertId: string;
  personId: string;
  contactId: string;
  channel: ChannelKind;
  kind: MessageKind;
  reason: string;
  step: number | null;
  pass: number | null;
  /** From 1. */
  attempt: number;
  createdAt: number;
  expiresAt: number | null;
  alert: AlertItem;
}
