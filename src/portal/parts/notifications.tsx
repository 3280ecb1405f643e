import type { AlertDetail, AlertNotification } from "../../api/contract.ts";
import { nowMs } from "../store.ts";
import { channelWord, notificationWords, receiptWords } from "../words.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";
import { Moment } from "./moment.tsx";
import { Section } from "./section.tsx";

const MARKS: Record<ReturnType<typeof notificationWords>["tone"], { icon: IconName; colour: string }> = {
  ok: { icon: "check", colour: "color-ok" },
  bad: { icon: "x", colour: "color-critical" },
  waiting: { icon: "clock", colour: "second" },
};

/** Proof of every message: to whom, by which way, what became of it, when, and why it was sent. */
export function Notifications({ alert }: { alert: AlertDetail }) {
  return (
    <Section title="Notifications">
      {alert.notifications.length === 0 && <p class="meta">Nobody was notified. The reasons stand above.</p>}
      <ul class="timeline">
        {alert.notifications.map((notification) => (
          <Proof key={notification.id} notification={notification} />
        ))}
      </ul>
    </Section>
  );
}

function Proof({ notification }: { notification: AlertNotification }) {
  const words = notificationWords(notification, nowMs.value);
  const mark = MARKS[words.tone];
  const again = notification.kind === "re-alert" ? " again" : notification.kind === "test" ? " as a test" : "";
  return (
    <li>
      <span class={`timeline-mark ${words.tone === "bad" ? "mark-bad" : ""}`}>
        <Icon name={notification.channel === "webhook" ? "webhook" : "smartphone"} size="tiny" />
      </span>
      <div>
        <p>
          {channelWord(notification.channel)} to <b>{notification.person.name}</b>
          {again}
        </p>
        <p class={`meta proof ${mark.colour}`}>
          <Icon name={mark.icon} size="tiny" />
          {words.text}
        </p>
        {receiptWords(notification, nowMs.value).map((receipt) => (
          <p key={receipt} class="meta proof color-ok">
            <Icon name={receipt.startsWith("seen") ? "eye" : "check-check"} size="tiny" />
            {receipt}
          </p>
        ))}
        <p class="meta">{notification.reason}</p>
      </div>
      <Moment at={notification.createdAt} seconds />
    </li>
  );
}
