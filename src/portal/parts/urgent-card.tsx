import type { AlertListItem } from "../../api/contract.ts";
import { isDesk } from "../preferences.ts";
import { originWords, severityWord } from "../words.ts";
import { AnswerButton } from "./answer-button.tsx";
import { Countdown } from "./countdown.tsx";
import { Age } from "./moment.tsx";
import { SeverityMark } from "./severity-mark.tsx";
import { Title } from "./title.tsx";

/** The most urgent alert for which this person is called: what, how bad, who is next, one button. */
export function UrgentCard({ alert }: { alert: AlertListItem }) {
  const head = `${severityWord(alert.severity)} · you are called`;
  const title = (
    <h2>
      <a href={`/alerts/${alert.id}`} data-open>
        <Title text={alert.title} />
      </a>
    </h2>
  );
  if (isDesk.value) {
    return (
      <article class={`urgent urgent-desk severity-${alert.severity}`} data-alert={alert.id}>
        <div class="urgent-band">
          <SeverityMark severity={alert.severity} />
        </div>
        <div class="grow urgent-text">
          <p class={`label color-${alert.severity}`}>{head}</p>
          {title}
          <p class="meta">
            {originWords(alert)} · {alert.team.name} · <Age at={alert.createdAt} />
          </p>
        </div>
        <div class="urgent-clock">
          <Countdown alert={alert} />
        </div>
        <AnswerButton alert={alert} look="answer" />
      </article>
    );
  }
  return (
    <article class={`urgent severity-${alert.severity}`} data-alert={alert.id}>
      <div class="urgent-head">
        <SeverityMark severity={alert.severity} />
        <span class="grow">{head}</span>
        <Age at={alert.createdAt} />
      </div>
      <div class="urgent-body">
        {title}
        <p class="meta">{originWords(alert)}</p>
        <Countdown alert={alert} />
        <div class="answers">
          <AnswerButton alert={alert} look="answer" />
          <a class="button button-answer" href={`/alerts/${alert.id}`}>
            Open<span class="hidden-text"> {alert.title}</span>
          </a>
        </div>
      </div>
    </article>
  );
}
