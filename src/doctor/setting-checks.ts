import { existsSync } from "node:fs";
import { join } from "node:path";
import { issuersOf } from "../app.ts";
import { SETTING_DEFINITIONS, type Settings, type SettingsError } from "../settings.ts";
import { type CheckResult, lineOf } from "./check.ts";

/** What is right for the schema and yet wrong, or worth a look. Nothing is asked over the network. */

const PROXY_VARIABLE = /^(?:https?|all)_proxy$/i;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** One line for each wrong setting. */
export function settingFailures(error: SettingsError): CheckResult[] {
  return error.issues.map(({ variable, message }) =>
    lineOf(`settings:${variable}`, "Settings").fail(`${variable} ${message}`, "docs/settings.md lists all settings"),
  );
}

/** `environment` is looked at for proxies only; no value of it is repeated. */
export function checkSettings(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
  portalFolder: string,
): CheckResult[] {
  return [
    checkCredential(settings),
    ...checkIssuers(settings),
    checkPublicUrl(settings),
    checkPushSubject(settings),
    checkProxy(environment),
    checkPortal(portalFolder),
  ];
}

function checkCredential(settings: Settings): CheckResult {
  const line = lineOf("settings", "Settings");
  if (settings["entra.credential"] === "secret" && settings["entra.clientSecret"] === undefined) {
    const advice = "Set it, or use WATCHBELL_ENTRA_CREDENTIAL=federated, which needs no secret";
    return line.fail("WATCHBELL_ENTRA_CLIENT_SECRET is missing although WATCHBELL_ENTRA_CREDENTIAL is secret", advice);
  }
  return line.ok("all settings are readable");
}

/** Only a given issuer can be wrong: the default ones hold the tenant. */
function checkIssuers(settings: Settings): CheckResult[] {
  try {
    issuersOf(settings);
    return [];
  } catch (error) {
    const finding = error instanceof Error ? error.message : String(error);
    return [lineOf("issuers", "Issuers").fail(finding, "Correct WATCHBELL_ENTRA_ISSUER_V1 and _V2, or leave them out")];
  }
}

/** Browsers give service workers, Web Push and `__Host-` cookies to https and loopback only. */
function checkPublicUrl({ publicUrl }: Settings): CheckResult {
  const line = lineOf("public-url", "Public address");
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === "https:") return line.ok(`${publicUrl} is https`);
  if (LOOPBACK.test(hostname)) return line.ok(`${publicUrl} is this machine only`);
  const advice = "Put an ingress with TLS in front and set WATCHBELL_PUBLIC_URL to its https:// address";
  return line.fail(`${publicUrl} is not https: browsers refuse sign-in and Web Push there`, advice);
}

function checkPushSubject(settings: Settings): CheckResult {
  const line = lineOf("push-subject", "Web Push contact");
  const subject = settings["notify.pushSubject"];
  const advice = "Set WATCHBELL_NOTIFY_PUSH_SUBJECT to a mailto: or https: address of yours";
  if (!/^(?:mailto:|https:\/\/)./i.test(subject))
    return line.fail("it is no mailto: or https: address (RFC 8292)", advice);
  if (subject !== SETTING_DEFINITIONS["notify.pushSubject"].fallback) return line.ok("it is set");
  return line.warn("push services are given the default address, which reaches nobody; some refuse it", advice);
}

/** Threats W8: a proxy resolves names by itself. Its address may hold a password: it is not shown. */
function checkProxy(environment: Readonly<Record<string, string | undefined>>): CheckResult {
  const line = lineOf("proxy", "HTTP proxy");
  const names = Object.keys(environment).filter((name) => PROXY_VARIABLE.test(name) && environment[name]);
  if (names.length === 0) return line.ok("none is set");
  const advice =
    "The proxy must itself refuse private, link-local and metadata addresses, because it resolves names where Watchbell cannot look (threats W8)";
  return line.warn(`${names.join(", ")} is set`, advice);
}

function checkPortal(folder: string): CheckResult {
  const line = lineOf("portal", "Portal");
  if (existsSync(join(folder, "index.html"))) return line.ok("it is built");
  return line.warn(`it is not built: ${folder} has no index.html`, "Run `npm run build`, or use the container image");
}
