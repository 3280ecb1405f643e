import type { AlertListItem } from "../../api/contract.ts";
import type { AlertGroup } from "../inbox-order.ts";
import { mayAnswer } from "../may-answer.ts";
import { selectedIds, toggleSelected } from "../selection.ts";
import { me, nowMs } from "../store.ts";
import { countdown } from "../time.ts";
import { firstName, GROUP_NAMES, nextCallWords, originWords, ownerWords, quietWords, severityWord } from "../words.ts";
import { StateMark } from "./alert-row.tsx";
import { AnswerButton } from "./answer-button.tsx";
import { Icon } from "./icon.tsx";
import { Age } from "./moment.tsx";
import { PendingLine } from "./pending-line.tsx";
import { SeverityMark } from "./severity-mark.tsx";
import { Title } from "./title.tsx";

/** The desk's inbox: one table, a row group for each state. */
export function AlertTable({ groups }: { groups: (AlertGroup & { total: number })[] }) {
  return (
    <div class="card">
      <table class="alert-table">
        <caption class="hidden-text">Alerts</caption>
        <colgroup>
          <col class="column-select" />
          <col />
          <col class="column-team" />
          <col class="column-next" />
          <col class="column-age" />
          <col class="column-answer" />
        </colgroup>
        <thead class="hidden-text">
          <tr>
            <th scope="col">Select</th>
            <th scope="col">Alert</th>
            <th scope="col">Team</th>
            <th scope="col">Next call or owner</th>
            <th scope="col">Age</th>
            <th scope="col">Answer</th>
          </tr>
        </thead>
        {groups.map((group) => (
          <tbody key={group.kind}>
            <tr class="table-group">
              <th colSpan={6} scope="rowgroup">
                {GROUP_NAMES[group.kind]} <span class="figures">{group.total}</span>
              </th>
            </tr>
            {group.alerts.map((alert) => (
              <TableRow key={alert.id} alert={alert} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function TableRow({ alert }: { alert: AlertListItem }) {
  const isSelected = selectedIds.value.has(alert.id);
  const isOpen = alert.state === "open";
  return (
    <tr class={`${isOpen ? "" : "row-calm"} ${isSelected ? "row-selected" : ""}`} data-alert={alert.id}>
      <td class="cell-select">
        <label class="check-target">
          <input
            type="checkbox"
            checked={isSelected}
            aria-label={`Select: ${severityWord(alert.severity)}, ${alert.title}`}
            onChange={() => toggleSelected(alert.id)}
          />
        </label>
      </td>
      <td>
        <div class="line table-alert">
          <SeverityMark severity={alert.severity} />
          <div class="grow">
            <p class="one-line table-title">
              <a class="table-link" href={`/alerts/${alert.id}`} data-open>
                <span class="hidden-text">{severityWord(alert.severity)}: </span>
                <Title text={alert.title} />
              </a>
            </p>
            <p class="meta one-line">{originWords(alert)}</p>
            <PendingLine alert={alert} />
          </div>
        </div>
      </td>
      <td class="second cell-team one-line">{alert.team.name}</td>
      <td class="cell-next">{isOpen ? <NextCell alert={alert} /> : <OwnerCell alert={alert} />}</td>
      <td class="cell-age">
        <Age at={alert.createdAt} />
      </td>
      <td class="cell-answer">{isOpen && mayAnswer() && <AnswerButton alert={alert} look="line" />}</td>
    </tr>
  );
}

function NextCell({ alert }: { alert: AlertListItem }) {
  const next = nextCallWords(alert, me.value?.person.id ?? "");
  if (next === null) return <span class="second">{quietWords(alert, nowMs.value)}</span>;
  return (
    <span class="line">
      <Icon name="clock" size="small" />
      <span>
        {alert.nextCall?.people.length === 1 ? firstName(next.who) : next.who} in{" "}
        <b class="figures">{countdown(next.atMs - nowMs.value)}</b>
      </span>
    </span>
  );
}

function OwnerCell({ alert }: { alert: AlertListItem }) {
  return (
    <span class="line">
      <StateMark alert={alert} />
      <span class="one-line">
        {ownerWords(alert, me.value?.person.id ?? "", nowMs.value).replace(/ · (acknowledged|closed)/, "")}
      </span>
    </span>
  );
}
