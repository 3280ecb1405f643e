import type { AlertListItem } from "../../api/contract.ts";
import { answer, pendingAnswers } from "../answers.ts";
import { me } from "../store.ts";
import { Icon } from "./icon.tsx";
import { Key } from "./key.tsx";

/** Viewers look on; every other role answers. */
export const mayAnswer = (): boolean => me.value !== null && me.value.role !== "Viewer";

/**
 * Acknowledge, in three looks: the large answer, a line button of the table, a round one of a phone's row. While it is
 * being sent it says so and takes no second tap.
 */
export function AnswerButton({
  alert,
  look,
  keyHint = false,
}: {
  alert: AlertListItem;
  look: "answer" | "line" | "round" | "bar";
  keyHint?: boolean;
}) {
  const pending = pendingAnswers.value.get(alert.id);
  const isBusy = pending !== undefined;
  const isRefused = !mayAnswer();
  const words = isBusy ? "Sending…" : "Acknowledge";
  const classes = {
    answer: "button button-primary button-answer",
    bar: "button button-primary",
    line: "button button-small button-line",
    round: "round-button",
  }[look];
  return (
    <button
      type="button"
      class={classes}
      aria-label={look === "line" || look === "round" ? `${words}: ${alert.title}` : undefined}
      aria-disabled={isBusy || isRefused}
      title={isRefused ? "This needs the role Responder. Ask an administrator." : undefined}
      onClick={() => {
        if (!isBusy && !isRefused) void answer(alert, "acknowledge");
      }}
    >
      <Icon name={isBusy ? "cloud-upload" : "check"} size={look === "line" || look === "bar" ? "small" : "normal"} />
      {look === "round" ? null : words}
      {keyHint && <Key name="A" />}
    </button>
  );
}
