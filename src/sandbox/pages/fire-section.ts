import { ALERT_KINDS, SEVERITIES, signalOf } from "../alerts/signal.ts";
import { html } from "./html.ts";

/** The form that fires an alert. Empty fields are left out of the request and get the kind's defaults. */
export function fireSection() {
  const kinds = ALERT_KINDS.map((kind) => html`<option value="${kind}">${signalOf(kind).label}</option>`);
  const severities = SEVERITIES.map(
    (severity) => html`<option value="${severity}" ${severity === "Sev1" && "selected"}>${severity}</option>`,
  );
  return html`<section aria-labelledby="fire-title">
<h2 id="fire-title">Fire an alert</h2>
<form data-post="/sandbox/alerts" data-done="Fired.">
<div class="fields">
<label>Alert rule <input name="rule" required maxlength="260" value="CPU above 90 percent"></label>
<label>Kind <select name="kind">${kinds}</select></label>
<label>Severity <select name="severity">${severities}</select></label>
<label>Resource id <input name="resourceId" placeholder="a resource that suits the kind" spellcheck="false"></label>
<label class="wide">Description <input name="description" maxlength="4096"></label>
</div>
<fieldset>
<legend>How Azure handles it</legend>
<label class="check"><input type="checkbox" name="push" checked> Push it to the action groups</label>
<label class="check"><input type="checkbox" name="suppressed"> Suppressed by a processing rule</label>
</fieldset>
<button type="submit" class="primary">Fire</button>
</form>
</section>`;
}
