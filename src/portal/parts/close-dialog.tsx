import { useId, useState } from "preact/hooks";
import type { AlertListItem } from "../../api/contract.ts";
import { answer, answerAll } from "../answers.ts";
import { plainText } from "../untrusted-text.ts";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";

/** Longest comment the API takes. */
const COMMENT_CHARACTERS_MAX = 30_000;

/** Asks before closing: what was it? The comment goes to Azure and to the timeline. */
export function CloseDialog({ alerts, onDone }: { alerts: readonly AlertListItem[]; onDone: () => void }) {
  const [comment, setComment] = useState("");
  const fieldId = useId();
  const [only] = alerts;
  if (only === undefined) return null;
  const close = () => {
    const options = comment.trim() === "" ? {} : { comment: comment.trim() };
    if (alerts.length === 1) void answer(only, "close", options);
    else void answerAll(alerts, "close", options);
    onDone();
  };
  return (
    <Dialog title={alerts.length === 1 ? "Close this alert" : `Close ${alerts.length} alerts`} onClose={onDone}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          close();
        }}
      >
        {alerts.length === 1 && <p>{plainText(only.title)}</p>}
        <p class="second">Nobody is called any more. What you write goes into the timeline.</p>
        <label class="field-label" for={fieldId}>
          What was it? <span class="third">(optional)</span>
        </label>
        <textarea
          id={fieldId}
          class="field-area"
          rows={3}
          maxLength={COMMENT_CHARACTERS_MAX}
          value={comment}
          onInput={(event) => setComment(event.currentTarget.value)}
        />
        <div class="sheet-actions">
          <button type="submit" class="button button-primary button-answer">
            <Icon name="check-check" />
            {alerts.length === 1 ? "Close alert" : `Close ${alerts.length} alerts`}
          </button>
          <button type="button" class="button button-answer" onClick={onDone}>
            Keep open
          </button>
        </div>
      </form>
    </Dialog>
  );
}
