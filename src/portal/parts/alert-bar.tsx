import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AlertListItem } from "../../api/contract.ts";
import { answerLabel, answersFor } from "../alert-answers.ts";
import { answer, pendingAnswers } from "../answers.ts";
import type { AnswerKind } from "../api.ts";
import { mayAnswer, NO_ROLE_ID, NO_ROLE_WORDS, tellNoRole } from "../may-answer.ts";
import { me } from "../store.ts";
import { AnswerButton } from "./answer-button.tsx";
import { Countdown } from "./countdown.tsx";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";
import { Key } from "./key.tsx";

const ICONS: Record<AnswerKind, IconName> = {
  acknowledge: "check",
  take: "hand",
  close: "check-check",
  unacknowledge: "undo-2",
  reopen: "undo-2",
};
const KEYS: Partial<Record<AnswerKind, string>> = { acknowledge: "A", take: "T", close: "C" };
const moreIsOpen = signal(false);

interface Props {
  alert: AlertListItem;
  /** Closing asks first. */
  onClose: () => void;
}

/** The bar at the foot of a phone: the one answer while open, the others a tap away; afterwards what is left to do. */
export function AlertBar({ alert, onClose }: Props) {
  const kinds = answersFor(alert, me.value?.person.id ?? "");
  useEffect(() => {
    moreIsOpen.value = false;
  }, [alert.id]);
  return (
    <section class="answer-bar" aria-label="Answers">
      {alert.state === "open" && <Countdown alert={alert} />}
      {!mayAnswer() && <NoRole />}
      {kinds[0] === "acknowledge" ? (
        <div class="answers">
          <AnswerButton alert={alert} look="answer" />
          <button
            type="button"
            class="button button-answer"
            aria-haspopup="dialog"
            aria-label="More answers"
            onClick={() => (moreIsOpen.value = true)}
          >
            <Icon name="ellipsis" />
          </button>
        </div>
      ) : (
        <div class="answer-row">
          {kinds.map((kind, at) => (
            <Answer
              key={kind}
              alert={alert}
              kind={kind}
              onClose={onClose}
              look={at === 0 ? "button-primary button-tile" : "button-tile"}
            />
          ))}
        </div>
      )}
      {moreIsOpen.value && (
        <Dialog title="More answers" onClose={() => (moreIsOpen.value = false)}>
          <div class="sheet-list">
            {kinds.slice(1).map((kind) => (
              <Answer key={kind} alert={alert} kind={kind} onClose={onClose} look="button-answer" />
            ))}
          </div>
        </Dialog>
      )}
    </section>
  );
}

/** The answers above a desk's alert; what is hard to undo stands apart. */
export function AlertToolbar({ alert, onClose }: Props) {
  const kinds = answersFor(alert, me.value?.person.id ?? "");
  return (
    <div class="alert-toolbar" role="toolbar" aria-label="Answers">
      {kinds.map((kind, at) =>
        kind === "acknowledge" ? (
          <AnswerButton key={kind} alert={alert} look="bar" keyHint />
        ) : (
          <Answer
            key={kind}
            alert={alert}
            kind={kind}
            onClose={onClose}
            look={`${at === 0 ? "button-primary" : "button-line"} ${kind === "close" && at > 0 ? "button-apart" : ""}`}
            hint
          />
        ),
      )}
      {!mayAnswer() && <NoRole />}
    </div>
  );
}

function Answer({
  alert,
  kind,
  onClose,
  look,
  hint = false,
}: Props & { kind: AnswerKind; look: string; hint?: boolean }) {
  const isMine = alert.owner?.id === me.value?.person.id;
  const isBusy = pendingAnswers.value.has(alert.id);
  const isRefused = !mayAnswer();
  const give = () => {
    if (isRefused) return tellNoRole();
    if (isBusy) return;
    moreIsOpen.value = false;
    if (kind === "close") onClose();
    else void answer(alert, kind);
  };
  return (
    <button
      type="button"
      class={`button ${look}`}
      aria-disabled={isBusy || isRefused}
      aria-describedby={isRefused ? NO_ROLE_ID : undefined}
      onClick={give}
    >
      <Icon name={ICONS[kind]} size={hint ? "small" : "normal"} />
      {isBusy && pendingAnswers.value.get(alert.id)?.kind === kind ? "Sending…" : answerLabel(kind, isMine)}
      {hint && KEYS[kind] && <Key name={KEYS[kind] ?? ""} />}
    </button>
  );
}

function NoRole() {
  return (
    <p id={NO_ROLE_ID} class="meta no-role">
      {NO_ROLE_WORDS}
    </p>
  );
}
