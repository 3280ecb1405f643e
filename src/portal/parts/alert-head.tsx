import type { AlertListItem } from "../../api/contract.ts";
import type { Neighbours } from "../inbox-order.ts";
import { me, nowMs } from "../store.ts";
import { clockTime, stopwatch } from "../time.ts";
import { firstName, originWords, ownerWords } from "../words.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { Running } from "./moment.tsx";
import { SeverityLabel } from "./severity-mark.tsx";
import { Title } from "./title.tsx";

/** A phone's head: solid in the severity's colour while open, calm afterwards. */
export function AlertHead({ alert }: { alert: AlertListItem }) {
  const isOpen = alert.state === "open";
  return (
    <header class={`alert-head ${isOpen ? `alert-head-open severity-${alert.severity}` : ""}`}>
      <div class="alert-head-line">
        <a class="button button-quiet button-icon" href="/alerts" aria-label="Back to alerts">
          <Icon name="chevron-left" size="large" />
        </a>
        <SeverityLabel severity={alert.severity} origin={alert.source.severity} />
        <span class="grow" />
        <StateWords alert={alert} />
      </div>
      <h1>
        <Title text={alert.title} />
      </h1>
      <p class="meta">
        {originWords(alert)} · {alert.team.name}
      </p>
      {!isOpen && <Owner alert={alert} />}
    </header>
  );
}

function StateWords({ alert }: { alert: AlertListItem }) {
  if (alert.state === "open") {
    return (
      <span>
        Open for <Running since={alert.createdAt} />
      </span>
    );
  }
  const answered =
    alert.acknowledgedAt === null ? null : stopwatch(Date.parse(alert.acknowledgedAt) - Date.parse(alert.createdAt));
  if (alert.state === "acknowledged")
    return <span class="meta">{answered === null ? "Acknowledged" : `Acknowledged after ${answered}`}</span>;
  return (
    <span class="meta">
      {alert.state === "closed" ? `Closed ${clockTime(alert.closedAt ?? alert.updatedAt, nowMs.value)}` : "Snoozed"}
    </span>
  );
}

/** Who has it, and since when. */
export function Owner({ alert }: { alert: AlertListItem }) {
  if (alert.owner === null) return null;
  const isMine = alert.owner.id === me.value?.person.id;
  const name = firstName(alert.owner.name);
  const had = alert.state === "closed" ? "had it" : isMine ? "have it" : "has it";
  return (
    <div class="line owner-line">
      <Avatar person={alert.owner} />
      <div class="grow">
        <p class="label owner-name">
          {isMine ? "You" : name} {had}
        </p>
        <p class="meta">
          {alert.acknowledgedAt === null
            ? ownerWords(alert, me.value?.person.id ?? "", nowMs.value)
            : `since ${clockTime(alert.acknowledgedAt, nowMs.value)}`}
        </p>
      </div>
    </div>
  );
}

/** The desk's head: where am I in the inbox, what is it. */
export function DeskHead({ alert, order }: { alert: AlertListItem; order: Neighbours | null }) {
  return (
    <header class="desk-head">
      <div class="line">
        <nav class="crumbs grow" aria-label="Breadcrumb">
          <a href="/alerts">Alerts</a>
          <Icon name="chevron-right" size="tiny" />
          <span class="one-line" aria-current="page">
            {alert.source.rule ?? alert.title}
          </span>
        </nav>
        {order !== null && (
          <nav class="line meta" aria-label="Other alerts">
            <span class="figures">
              {order.position} of {order.total}
            </span>
            <Step to={order.before} name="Previous alert, K" icon="chevron-up" />
            <Step to={order.after} name="Next alert, J" icon="chevron-down" />
          </nav>
        )}
      </div>
      <p class="line desk-head-line">
        <SeverityLabel severity={alert.severity} origin={alert.source.severity} />
        <span class="meta">
          {originWords(alert)} · {alert.team.name}
        </span>
      </p>
      <h1>
        <Title text={alert.title} />
      </h1>
    </header>
  );
}

function Step({ to, name, icon }: { to: string | null; name: string; icon: "chevron-up" | "chevron-down" }) {
  const mark = <Icon name={icon} size="small" />;
  if (to === null) return <span class="button button-small button-icon button-quiet button-off">{mark}</span>;
  return (
    <a class="button button-small button-icon button-quiet" href={`/alerts/${to}`} aria-label={name}>
      {mark}
    </a>
  );
}
