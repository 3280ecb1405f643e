import { createHash } from "node:crypto";
import type { SandboxResponse } from "../world.ts";

const STYLE = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
body { margin: 0; display: grid; place-items: start center; padding: 2rem 1rem }
main { width: min(26rem, 100%) }
h1 { font-size: 1.4rem }
ul { list-style: none; padding: 0; display: grid; gap: .5rem }
button { width: 100%; min-height: 48px; padding: .6rem 1rem; text-align: start; font: inherit; border: 1px solid; border-radius: .5rem; background: none; color: inherit; cursor: pointer }
button:hover, button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
small { display: block }
`;
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** One line of the picker. */
export interface PickerEntry {
  objectId: string;
  displayName: string;
  userPrincipalName: string;
  roles: string[];
}

/** The page on which a person of the demonstration is picked; `fields` travel along as hidden inputs. */
export function signInPage(
  applicationName: string,
  entries: PickerEntry[],
  fields: Record<string, string>,
  redirectUri: string,
): SandboxResponse {
  const hidden = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join("");
  const people = entries.map(
    ({ objectId, displayName, userPrincipalName, roles }) =>
      `<li><button name="user" value="${escapeHtml(objectId)}">${escapeHtml(displayName)}` +
      `<small>${escapeHtml(userPrincipalName)} · ${escapeHtml(roles.join(", ") || "no role")}</small></button></li>`,
  );
  const body =
    `<h1>Sign in to ${escapeHtml(applicationName)}</h1>` +
    "<p>This is a simulated Entra ID on this machine. Pick who you are; there is no password.</p>" +
    `<form method="post">${hidden}<ul>${people.join("")}</ul></form>`;
  return page(200, "Sign in", body, new URL(redirectUri).origin);
}

/** A refusal that must not be sent to the redirect address, or the end of a session. */
export function messagePage(status: number, title: string, text: string): SandboxResponse {
  return page(status, title, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>`);
}

/**
 * The redirect's origin stands in `form-action` because browsers hold the redirect that follows a form against it.
 * The referrer policy keeps the form's Origin header: with `no-referrer` it would be `null`, which the guard refuses.
 */
function page(status: number, title: string, body: string, formTarget = ""): SandboxResponse {
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "content-security-policy":
        `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self' ${formTarget}; ` +
        "frame-ancestors 'none'; base-uri 'none'",
    },
    body:
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>` +
      `<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>` +
      `<body><main>${body}</main></body></html>`,
  };
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
