import type { Fault, FaultKind } from "../world.ts";
import { html } from "./html.ts";

const OPERATIONS = [
  "AlertsManagement.list",
  "AlertsManagement.get",
  "AlertsManagement.changestate",
  "AlertsManagement.history",
  "AlertsManagement.summary",
  "ActionGroup.webhook",
  "Entra.token",
];
const FAULTS: Record<FaultKind, string> = {
  "429": "429, too many requests",
  "5xx": "5xx, service unavailable",
  "403": "403, not allowed",
  slow: "Slow answer",
  lostAnswer: "Done, but the answer is lost",
  duplicate: "Done twice",
  staleEtag: "Stale etag",
  expiredSecret: "Expired secret",
};

/** The switches: what is on now, and the form that adds one. */
export function faultsSection(faults: readonly Fault[]) {
  const operations = OPERATIONS.map((operation) => html`<option value="${operation}">`);
  const kinds = Object.entries(FAULTS).map(([kind, label]) => html`<option value="${kind}">${label}</option>`);
  return html`<section aria-labelledby="faults-title">
<h2 id="faults-title">Faults</h2>
<form data-post="/sandbox/faults" data-done="Fault switched on.">
<div class="fields">
<label>Operation <input name="operation" list="operations" required value="AlertsManagement.changestate" spellcheck="false"></label>
<datalist id="operations">${operations}</datalist>
<label>Fault <select name="fault">${kinds}</select></label>
<label>Times (empty: until cleared) <input name="times" type="number" min="1" value="1"></label>
<label>Delay, milliseconds <input name="afterMs" type="number" min="0"></label>
<label>Retry-After, seconds <input name="retryAfterSeconds" type="number" min="0"></label>
</div>
<button type="submit">Switch on</button>
</form>
<div id="faults" data-live>
${faults.length === 0 && html`<p>No fault is switched on.</p>`}
${
  faults.length > 0 &&
  html`<ul>${faults.map(faultItem)}</ul>
<button type="button" id="clear-faults" data-delete="/sandbox/faults" data-done="Faults cleared.">Clear all faults</button>`
}
</div>
</section>`;
}

const faultItem = ({
  operation,
  fault,
  timesLeft,
  afterMs,
}: Fault) => html`<li><code>${operation}</code>: ${FAULTS[fault]},
 ${timesLeft === null ? "until cleared" : `${timesLeft} more`}${afterMs > 0 && `, after ${afterMs} ms`}</li>`;
