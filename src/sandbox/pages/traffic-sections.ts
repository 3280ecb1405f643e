import type { DeliveryResult } from "../action-groups/action-groups.ts";
import type { RequestLogEntry } from "../world.ts";
import { ago } from "./ago.ts";
import { html } from "./html.ts";

/** Lines shown of each list. */
const LINES_MAX = 25;

/** What became of the latest pushes. */
export function deliveriesSection(results: readonly DeliveryResult[], now: number) {
  const items = results.slice(0, LINES_MAX).map(
    ({
      at,
      receiver,
      outcome,
    }) => html`<li>${ago(at, now)}: ${receiver}, ${outcome.delivered ? `answered ${outcome.status}` : outcome.reason}
 (${outcome.tries} ${outcome.tries === 1 ? "try" : "tries"})</li>`,
  );
  return html`<section id="deliveries" data-live aria-labelledby="deliveries-title">
<h2 id="deliveries-title">Pushes of the action groups</h2>
${items.length === 0 ? html`<p>Nothing has been pushed since the start.</p>` : html`<ul>${items}</ul>`}
</section>`;
}

/** The latest requests to the sandbox, newest first. */
export function requestsSection(requests: readonly RequestLogEntry[]) {
  const rows = requests
    .slice(-LINES_MAX)
    .toReversed()
    .map(
      (entry) => html`<tr><td>${entry.at.slice(11, 19)}</td><td>${entry.method}</td><td class="path">${entry.path}</td>
<td>${entry.principal ?? "nobody"}</td><td>${entry.status}</td></tr>`,
    );
  return html`<section id="requests" data-live aria-labelledby="requests-title">
<h2 id="requests-title">Latest requests</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of requests">
<table>
<thead><tr><th scope="col">Time (UTC)</th><th scope="col">Method</th><th scope="col">Path</th><th scope="col">Caller</th><th scope="col">Status</th></tr></thead>
<tbody>${rows}</tbody>
</table>
</div>
</section>`;
}
