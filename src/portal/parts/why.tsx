import type { AlertDetail } from "../../api/contract.ts";
import { isCalled } from "../inbox-order.ts";
import { viewer } from "../store.ts";
import { Icon } from "./icon.tsx";
import { Section } from "./section.tsx";

/** Every decision explained: why people were called, or were not. */
export function Why({ alert }: { alert: AlertDetail }) {
  if (alert.why.length === 0) return null;
  return (
    <Section title={titleOf(alert)}>
      <ol class="why">
        {alert.why.map((reason, at) => (
          <li key={`${at} ${reason}`}>
            <Icon name="filter" size="small" />
            <span>{reason}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** Woken is only who was sent something. */
function titleOf(alert: AlertDetail): string {
  const id = viewer.value.person.id;
  if (alert.notifications.some((notification) => notification.person.id === id)) return "Why you were woken";
  return isCalled(alert, viewer.value) ? "Why you are called" : "Why people were called, or not";
}
