import type { AlertRecord } from "../alerts/alert-record.ts";
import { conditionOf, targetOf } from "../alerts/alert-record.ts";
import { ALERT_STATES, signalOf } from "../alerts/signal.ts";
import { ago } from "./ago.ts";
import { html } from "./html.ts";

/** Alerts that the page shows; the API has them all. */
const SHOWN_MAX = 50;

/** What Azure shows of its alerts, newest first, each with what a person in Azure's portal can do. */
export function alertsSection(alerts: readonly AlertRecord[], now: number) {
  const rows = alerts.slice(0, SHOWN_MAX).map((alert) => alertRow(alert, now));
  const more = alerts.length > SHOWN_MAX && html`<p>${alerts.length - SHOWN_MAX} older alerts are not shown.</p>`;
  return html`<section id="alerts" data-live aria-labelledby="alerts-title">
<h2 id="alerts-title">What Azure shows</h2>
${alerts.length === 0 && html`<p>No alert has fired yet.</p>`}
${alerts.length > 0 && alertTable(rows)}
${more}
</section>`;
}

const alertTable = (
  rows: ReturnType<typeof html>[],
) => html`<div class="scroll" tabindex="0" role="region" aria-label="Table of alerts">
<table>
<thead><tr>
<th scope="col">Severity</th><th scope="col">Alert rule and resource</th><th scope="col">Condition</th>
<th scope="col">State</th><th scope="col">Last change</th><th scope="col">In Azure's portal</th>
</tr></thead>
<tbody>${rows}</tbody>
</table>
</div>`;

function alertRow(alert: AlertRecord, now: number) {
  const condition = conditionOf(alert);
  return html`<tr>
<td><span class="severity ${alert.severity.toLowerCase()}">${alert.severity}</span></td>
<th scope="row">${alert.rule}<span class="detail">${targetOf(alert).name}, ${signalOf(alert.kind).label}</span></th>
<td>${condition}${alert.suppressed && html`<span class="detail">suppressed</span>`}</td>
<td>${alert.state}</td>
<td>${ago(alert.modifiedAt, now)}<span class="detail">by ${alert.modifiedBy}</span></td>
<td class="actions">${stateButtons(alert)}${condition === "Fired" && resolveButton(alert)}</td>
</tr>`;
}

const stateButtons = (alert: AlertRecord) =>
  ALERT_STATES.filter((state) => state !== alert.state).map(
    (
      state,
    ) => html`<button type="button" id="state-${state}-${alert.guid}" data-post="/sandbox/alerts/${alert.guid}/state"
 data-body="${JSON.stringify({ state })}" data-done="${alert.rule}: ${state}." aria-label="Set ${alert.rule} to ${state}">${state}</button>`,
  );

const resolveButton = (alert: AlertRecord) => html`<button type="button" id="resolve-${alert.guid}"
 data-post="/sandbox/alerts/${alert.guid}/resolve" data-body="{}" data-done="${alert.rule}: resolved."
 aria-label="Resolve the condition of ${alert.rule}">Resolve</button>`;
