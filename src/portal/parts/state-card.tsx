import type { AlertDetail } from "../../api/contract.ts";
import { nowMs } from "../store.ts";
import { deliveryWords, peopleWords } from "../words.ts";
import { Owner } from "./alert-head.tsx";
import { Avatar } from "./avatar.tsx";
import { Countdown } from "./countdown.tsx";
import { Icon } from "./icon.tsx";
import { Running } from "./moment.tsx";

const WORDS = { open: "Open", acknowledged: "Acknowledged", snoozed: "Snoozed", closed: "Closed" } as const;

/** The desk's card of the state: who has it or who was called, and who is next. */
export function StateCard({ alert }: { alert: AlertDetail }) {
  const isOpen = alert.state === "open";
  return (
    <section class="card part-body" aria-label="State">
      <div class="line">
        <span class={`pill ${isOpen ? `pill-${alert.severity}` : ""}`}>
          {isOpen ? (
            <span class="dot" aria-hidden="true" />
          ) : (
            <Icon name={alert.state === "snoozed" ? "moon" : "check"} size="tiny" />
          )}
          {WORDS[alert.state]}
        </span>
        <span class="grow" />
        {isOpen && (
          <span class="meta">
            for <Running since={alert.createdAt} />
          </span>
        )}
      </div>
      {isOpen ? <Called alert={alert} /> : <Owner alert={alert} />}
      <Countdown alert={alert} />
    </section>
  );
}

function Called({ alert }: { alert: AlertDetail }) {
  const [first] = alert.called;
  if (first === undefined) return null;
  return (
    <div class="line owner-line">
      <Avatar person={first} />
      <div class="grow">
        <p class="label owner-name">
          {peopleWords(alert.called)} {alert.called.length > 1 ? "were" : "was"} called
        </p>
        <p class="meta">{deliveryWords(alert.notifications, nowMs.value)}</p>
      </div>
    </div>
  );
}
