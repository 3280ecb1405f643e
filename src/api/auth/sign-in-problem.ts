import { ProblemError } from "../../platform/errors.ts";

/**
 * Why a sign-in did not succeed, in the words the portal's page `/sign-in?problem=…` explains. `not-allowed` has a page
 * of its own (`/not-allowed`): the person is known but has no role.
 */
export const SIGN_IN_PROBLEMS = [
  /** Nobody has consented to the app in this tenant. */
  "consent",
  /** The worker's clock and Entra's differ. */
  "clock",
  /** The browser did not send the cookie of the sign-in's first half. */
  "cookie-blocked",
  /** More than 10 minutes, or the same answer twice. */
  "expired",
  /** Entra does not answer. */
  "unreachable",
  /** Entra refuses the worker itself: secret, federated credential, redirect address. */
  "configuration",
  /** Entra refuses the person. */
  "refused",
  "not-allowed",
] as const;
export type SignInProblem = (typeof SIGN_IN_PROBLEMS)[number];

/** Microsoft Entra "authentication and authorization error codes". */
const PROBLEM_OF_CODE: Record<string, SignInProblem> = {
  // consent missing, declined, or needs an administrator
  "65001": "consent",
  "65004": "consent",
  "90094": "consent",
  "90008": "consent",
  // the client assertion is outside its validity
  "700024": "clock",
  // authorization code expired or already redeemed; refresh token expired
  "70008": "expired",
  "54005": "expired",
  "700082": "expired",
  "700084": "expired",
  // client secret, application, federated credential, redirect address
  "7000222": "configuration",
  "7000215": "configuration",
  "7000218": "configuration",
  "7000112": "configuration",
  "700016": "configuration",
  "70021": "configuration",
  "700213": "configuration",
  "700211": "configuration",
  "700212": "configuration",
  "50011": "configuration",
  "90002": "configuration",
  // no assignment although one is required
  "50105": "not-allowed",
  "90055": "unreachable",
};

/** Codes by which Entra says that the account itself is gone, disabled or no longer assigned. */
const PERSON_GONE = new Set(["50034", "500341", "50057", "50105", "50020", "500571"]);

const PROBLEM_OF_ERROR: Record<string, SignInProblem> = {
  consent_required: "consent",
  invalid_client: "configuration",
  unauthorized_client: "configuration",
  invalid_grant: "expired",
  temporarily_unavailable: "unreachable",
  server_error: "unreachable",
};

/** `error` and `error_description` of Entra's answer (RFC 6749 §4.1.2.1, §5.2). */
export function problemOfAnswer(error: string, description: string | undefined): SignInProblem {
  const code = codeOf(description);
  return (code === undefined ? undefined : PROBLEM_OF_CODE[code]) ?? PROBLEM_OF_ERROR[error] ?? "refused";
}

/** Anything that redeeming or refreshing can throw: errors of openid-client, of our validators, of the network. */
export function problemOfError(error: unknown): SignInProblem {
  const answer = readAnswer(error);
  if (answer) return problemOfAnswer(answer.error, answer.description);
  if (error instanceof ProblemError) {
    if (error.code === "not-ready") return "unreachable";
    return error.issues.some((issue) => ["exp", "nbf", "iat"].includes(issue.path)) ? "clock" : "refused";
  }
  const { code } = error as { code?: unknown };
  if (code === "OAUTH_JWT_TIMESTAMP_CHECK_FAILED") return "clock";
  const isRefusal = code === "OAUTH_JWT_CLAIM_COMPARISON_FAILED" || code === "OAUTH_INVALID_RESPONSE";
  return isRefusal ? "refused" : "unreachable";
}

/** Is it the person whom Entra refuses, not just this sign-in? */
export function isPersonGone(error: unknown): boolean {
  return PERSON_GONE.has(codeOf(readAnswer(error)?.description) ?? "");
}

/** Entra's code alone, for logs: its texts hold names and addresses. */
export function describeProblem(error: unknown): string {
  const answer = readAnswer(error);
  const code = codeOf(answer?.description);
  if (answer) return code === undefined ? answer.error.slice(0, 60) : `AADSTS${code}`;
  return error instanceof ProblemError ? error.message : String((error as { code?: unknown }).code ?? "no answer");
}

function readAnswer(error: unknown): { error: string; description: string | undefined } | undefined {
  if (typeof error !== "object" || error === null || !("error" in error) || typeof error.error !== "string")
    return undefined;
  const description = "error_description" in error ? error.error_description : undefined;
  return { error: error.error, description: typeof description === "string" ? description : undefined };
}

const codeOf = (description: string | undefined) => /\bAADSTS(\d{4,8})\b/.exec(description ?? "")?.[1];
