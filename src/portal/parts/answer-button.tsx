import type { AlertListItem } from "../../api/contract.ts";
import { answer, pendingAnswers } from "../answers.ts";
import { mayAnswer, NO_ROLE_ID, tellNoRole } from "../may-answer.ts";
import { Icon } from "./icon.tsx";
import { Key } from "./key.tsx";

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
      aria-describedby={isRefused ? NO_ROLE_ID : undefined}
      onClick={() => {
        if (isRefused) tellNoRole();
        else if (!isBusy) void answer(alert, "acknowledge");
      }}
    >
      <Icon name={isBusy ? "cloud-upload" : "check"} size={look === "line" || look === "bar" ? "small" : "normal"} />
      {look === "round" ? null : words}
      {keyHint && <Key name="A" />}
    </button>
  );
}
