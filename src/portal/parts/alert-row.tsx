import type { AlertListItem } from "../../api/contract.ts";
import { pendingAnswers } from "../answers.ts";
import { mayAnswer } from "../may-answer.ts";
import { me, nowMs } from "../store.ts";
import { originWords, ownerWords, severityWord } from "../words.ts";
import { AnswerButton } from "./answer-button.tsx";
import { Avatar } from "./avatar.tsx";
import { RowClock } from "./countdown.tsx";
import { Icon } from "./icon.tsx";
import { Age } from "./moment.tsx";
import { PendingLine } from "./pending-line.tsx";
import { SeverityMark } from "./severity-mark.tsx";
import { Title } from "./title.tsx";

/** A row of a phone's list: severity, title, origin, who is next; age and the answer at the right. */
export function AlertRow({ alert }: { alert: AlertListItem }) {
  const isOpen = alert.state === "open";
  return (
    <li class={`row ${isOpen ? "" : "row-calm"}`} data-alert={alert.id}>
      <SeverityMark severity={alert.severity} />
      <div class="row-text">
        <h3>
          <a href={`/alerts/${alert.id}`} data-open>
            <span class="hidden-text">{severityWord(alert.severity)}: </span>
            <Title text={alert.title} />
          </a>
        </h3>
        <p class="meta">
          {isOpen
            ? originWords(alert)
            : `${ownerWords(alert, me.value?.person.id ?? "", nowMs.value)} · ${originWords(alert)}`}
        </p>
        {isOpen && <RowClock alert={alert} />}
        <PendingLine alert={alert} />
      </div>
      <div class="row-side">
        <span class="line">
          <Age at={alert.createdAt} />
          {!isOpen && <StateMark alert={alert} />}
        </span>
        {isOpen && mayAnswer() && <AnswerButton alert={alert} look="round" />}
        {pendingAnswers.value.has(alert.id) && <span class="hidden-text">Your answer is being sent</span>}
      </div>
    </li>
  );
}

/** State by shape: a face, a moon, a check. */
export function StateMark({ alert }: { alert: AlertListItem }) {
  if (alert.state === "snoozed") return <Icon name="moon" size="small" />;
  if (alert.state === "closed") return <Icon name="check-check" size="small" />;
  return alert.owner === null ? null : <Avatar person={alert.owner} size="small" />;
}
