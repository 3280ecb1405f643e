import { readFileSync } from "node:fs";
import type { ActionGroups } from "../action-groups/action-groups.ts";
import type { AlertsWorld } from "../alerts/alerts-world.ts";
import type { SandboxPart, SandboxResponse, World } from "../world.ts";
import { alertsSection } from "./alerts-section.ts";
import { faultsSection } from "./faults-section.ts";
import { fireSection } from "./fire-section.ts";
import { html } from "./html.ts";
import { deliveriesSection, requestsSection } from "./traffic-sections.ts";

const STYLE_PATH = "/sandbox/page.css";
const SCRIPT_PATH = "/sandbox/page.js";

/** Everything from this origin, nothing inline, nobody may frame it (threats B3). */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cache-control": "no-store",
};

const file = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const answer = (contentType: string, body: string): SandboxResponse => ({
  status: 200,
  headers: { ...HEADERS, "content-type": `${contentType}; charset=utf-8` },
  body,
});

/**
 * The control page at `/`: fire alerts of every kind, see what Azure shows, answer and resolve there, switch faults, see
 * the latest requests and pushes. Made on the server from data; the script only sends what the control API takes and
 * fetches the page again.
 */
export function createControlPage(world: World, alerts: AlertsWorld, actionGroups: ActionGroups): SandboxPart {
  const style = file("control-page.css");
  const script = file("control-page-script.js");
  return {
    async handle({ method, url }) {
      if (method !== "GET" && method !== "HEAD") return undefined;
      switch (url.pathname) {
        case "/":
          return answer("text/html", render(world, alerts, actionGroups));
        case STYLE_PATH:
          return answer("text/css", style);
        case SCRIPT_PATH:
          return answer("text/javascript", script);
        default:
          return undefined;
      }
    },
  };
}

function render(world: World, alerts: AlertsWorld, actionGroups: ActionGroups): string {
  const now = world.now();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated Azure - Watchbell sandbox</title>
<link rel="stylesheet" href="${STYLE_PATH}">
<script type="module" src="${SCRIPT_PATH}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the alerts</a>
<header>
<h1>Simulated Azure</h1>
<p>Subscription <code>${world.subscriptionId}</code>, Azure Resource Manager at <code>${world.origins.secure}</code></p>
</header>
<p id="status" role="status" aria-live="polite"></p>
<noscript><p class="notice">This page needs its script to fire alerts. The control API works without it.</p></noscript>
<main id="main">
${fireSection()}
${alertsSection(alerts.all(), now)}
${faultsSection(world.faults)}
${deliveriesSection(actionGroups.results(), now)}
${requestsSection(world.requests)}
</main>
</body>
</html>
`;
  return page.text;
}
