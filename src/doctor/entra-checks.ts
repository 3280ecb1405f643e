import { z } from "zod";
import type { Issuers } from "../api/auth/issuers.ts";
import { fetchKeys, openIdAddress } from "../api/auth/key-set.ts";
import type { Clock } from "../platform/clock.ts";
import { fromTokenFailure } from "../platform/http/azure-error.ts";
import type { EntraFetch } from "../platform/http/entra-fetch.ts";
import { explainToken, type Registration } from "./azure-advice.ts";
import { bounded, type CheckResult, type Explanation, type Line, lineOf, runCheck } from "./check.ts";
import { explainNetwork } from "./network-failure.ts";

/** Entra as anybody may ask it: the OpenID document, the signing keys, and the time it has (threats J1, J4, J5). */

export interface EntraOptions {
  authority: string;
  registration: Registration;
  issuers: Issuers;
  entra: EntraFetch;
  clock: Clock;
  boundMs: number;
}

export interface EntraFindings {
  results: CheckResult[];
  /** Did Entra give the tenant's document? Tokens are not worth a try otherwise. */
  isReachable: boolean;
}

/** Tokens are accepted up to this difference of clocks (threats J5). */
const CLOCK_TOLERANCE_SECONDS = 120;
const CLOCK_WARN_SECONDS = 60;

const openIdDocument = z.object({ issuer: z.string().max(2_048) });

const CHECK_ISSUER =
  "Check WATCHBELL_ENTRA_TENANT_ID, WATCHBELL_ENTRA_CLOUD and WATCHBELL_ENTRA_ISSUER_V1 / _V2; no token would be accepted";

export async function checkEntra(options: EntraOptions): Promise<EntraFindings> {
  const openId = lineOf("openid", "Entra's OpenID document");
  const clock = lineOf("clock", "Clock");
  const keys = lineOf("signing-keys", "Entra's signing keys");
  try {
    const document = await bounded(options.boundMs, () => readDocument(options));
    const checkedKeys =
      document.problem === undefined
        ? await runCheck(keys, options.boundMs, () => checkKeys(keys, options), explainKeys)
        : keys.notChecked("Entra gives no OpenID document for the tenant");
    return {
      results: [judgeDocument(openId, options, document), judgeClock(clock, document), checkedKeys],
      isReachable: document.problem === undefined,
    };
  } catch (error) {
    const { finding, advice } = explainDocument(error, options);
    const because = "Entra cannot be reached";
    return {
      results: [openId.fail(finding, advice), clock.notChecked(because), keys.notChecked(because)],
      isReachable: false,
    };
  }
}

interface Document {
  issuer: string | undefined;
  /** Entra's refusal instead of a document. */
  problem: Explanation | undefined;
  /** Ours less Entra's, seconds; null when the answer had no date. */
  aheadSeconds: number | null;
}

async function readDocument({ authority, registration, entra, clock }: EntraOptions): Promise<Document> {
  const askedAt = clock.now();
  const answer = await entra.fetch(openIdAddress(authority, registration.tenantId, "2.0"), { method: "GET" });
  const aheadSeconds = aheadOf(answer.headers.get("date"), (askedAt + clock.now()) / 2);
  const text = await answer.text();
  if (answer.status !== 200) {
    const problem = explainRefusal(answer.status, text, registration);
    return { issuer: undefined, problem, aheadSeconds };
  }
  return { issuer: openIdDocument.safeParse(parseJson(text)).data?.issuer, problem: undefined, aheadSeconds };
}

/** Entra names its reason in the body, as for tokens: AADSTS90002 = no such tenant. */
function explainRefusal(status: number, text: string, registration: Registration): Explanation {
  if (/AADSTS\d/.test(text)) {
    const body = z.object({ error_description: z.string() }).safeParse(parseJson(text));
    return explainToken(fromTokenFailure(new Error(body.data?.error_description ?? text)), registration);
  }
  const advice = "Check WATCHBELL_ENTRA_AUTHORITY_HOST and WATCHBELL_ENTRA_TENANT_ID";
  return { finding: `the authority answered ${status}`, advice };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function judgeDocument(line: Line, { authority, issuers }: EntraOptions, { issuer, problem }: Document): CheckResult {
  if (problem !== undefined) return line.fail(problem.finding, problem.advice);
  if (issuer === undefined)
    return line.fail(`${authority} answers no OpenID document`, "Check WATCHBELL_ENTRA_AUTHORITY_HOST");
  if (issuer !== issuers["2.0"])
    return line.fail(`it names the issuer ${issuer} and not ${issuers["2.0"]}`, CHECK_ISSUER);
  return line.ok(`the issuer is ${issuer}`);
}

function explainDocument(error: unknown, { authority }: EntraOptions): Explanation {
  const network = explainNetwork(error);
  if (network !== undefined) return { finding: `${authority}: ${network.finding}`, advice: network.advice };
  return { finding: `${authority} gives no answer`, advice: "Check WATCHBELL_ENTRA_AUTHORITY_HOST and the network" };
}

async function checkKeys(line: Line, options: EntraOptions): Promise<CheckResult> {
  const { authority, registration, issuers, entra } = options;
  const read = (version: "1.0" | "2.0") =>
    fetchKeys({ authority, tenantId: registration.tenantId, issuers, fetchJson: entra.fetchJson }, version);
  const [v1, v2] = await Promise.all([read("1.0"), read("2.0")]);
  return line.ok(`${v1.size} for version 1 tokens, ${v2.size} for version 2`);
}

function explainKeys(error: unknown): Explanation {
  const network = explainNetwork(error);
  if (network !== undefined) return network;
  return { finding: error instanceof Error ? error.message : String(error), advice: CHECK_ISSUER };
}

/** A date in whole seconds (RFC 9110 §6.6.1) is on average half a second old. */
function aheadOf(date: string | null, now: number): number | null {
  const theirs = Date.parse(date ?? "");
  return Number.isNaN(theirs) ? null : Math.round((now - (theirs + 500)) / 1_000);
}

function judgeClock(line: Line, { aheadSeconds }: Document): CheckResult {
  if (aheadSeconds === null) return line.notChecked("Entra's answer has no date");
  const seconds = Math.abs(aheadSeconds);
  const finding = `${seconds} s ${aheadSeconds < 0 ? "behind" : "ahead of"} Entra's`;
  if (seconds <= CLOCK_WARN_SECONDS) return line.ok(seconds <= 1 ? "as Entra's" : finding);
  const advice = "Correct this machine's clock (time synchronisation)";
  if (seconds <= CLOCK_TOLERANCE_SECONDS) return line.warn(finding, advice);
  return line.fail(`${finding}; tokens are accepted up to ${CLOCK_TOLERANCE_SECONDS} s`, advice);
}
