import type { AlertListItem } from "../api/contract.ts";
import type { AnswerKind } from "./api.ts";

/** Which answers an alert takes from this person, the most likely first (semantics 8.6–8.8; issue: take, close, reopen). */
export function answersFor(alert: Pick<AlertListItem, "state" | "owner">, viewerId: string): AnswerKind[] {
  const isMine = alert.owner?.id === viewerId;
  switch (alert.state) {
    case "open":
      return ["acknowledge", "take", "close"];
    case "snoozed":
      return isMine ? ["acknowledge", "close"] : ["acknowledge", "take", "close"];
    case "acknowledged":
      return isMine ? ["close", "unacknowledge"] : ["take", "close", "unacknowledge"];
    case "closed":
      return ["reopen"];
  }
}

/** Words on the buttons. Giving back somebody else's alert means opening it again. */
export function answerLabel(kind: AnswerKind, isMine: boolean): string {
  const labels = {
    acknowledge: "Acknowledge",
    take: "Take",
    close: "Close…",
    reopen: "Reopen",
    unacknowledge: isMine ? "Give back" : "Open again",
  };
  return labels[kind];
}
