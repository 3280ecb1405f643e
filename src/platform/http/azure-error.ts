import { z } from "zod";

/**
 * Everything that can go wrong with a call to Azure, typed. `code` is ARM's (`AuthorizationFailed`), Entra's
 * (`AADSTS7000222`) or ours (`Timeout`, `Unreachable`, `BadPath`, `ForeignNextLink`, `Redirected`, `AnswerTooLarge`,
 * `AnswerUnreadable`, `TokenUnavailable`). `message` is bounded untrusted text and holds no token.
 */
export class AzureError extends Error {
  readonly code: string;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  readonly retryAfterSeconds: number | null;
  /** May the same call succeed later without anybody changing anything? */
  readonly retryable: boolean;
  /** What an operator must do about a token that is not given; null for everything else. */
  readonly advice: TokenAdvice | null;
  constructor(
    code: string,
    message: string,
    more: {
      status?: number;
      retryAfterSeconds?: number | null;
      retryable?: boolean;
      advice?: TokenAdvice;
      cause?: unknown;
    } = {},
  ) {
    super(message.slice(0, MESSAGE_CHARS_MAX), more.cause === undefined ? {} : { cause: more.cause });
    this.name = "AzureError";
    this.code = code.slice(0, CODE_CHARS_MAX);
    this.status = more.status ?? null;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.retryable = more.retryable ?? false;
    this.advice = more.advice ?? null;
  }
}

const MESSAGE_CHARS_MAX = 1_000;
const CODE_CHARS_MAX = 100;

/** One word per thing to do; the doctor and the health page turn it into a sentence. */
export type TokenAdvice =
  | "secret-expired"
  | "secret-wrong"
  | "application-unknown"
  | "application-disabled"
  | "tenant-wrong"
  | "federation-mismatch"
  | "clock-wrong"
  | "consent-missing"
  | "resource-unknown"
  | "wait";

/**
 * Entra's codes by what they ask for. Microsoft lists them in "Microsoft Entra authentication and authorization error
 * codes" and says that they may change: an unknown code is shown as it is. Retryable are those that pass by
 * themselves; a new federated credential answers 70021 and 700213 for some minutes.
 */
const TOKEN_ADVICE: Readonly<Record<string, readonly [advice: TokenAdvice, retryable: boolean]>> = {
  "7000222": ["secret-expired", false],
  "7000215": ["secret-wrong", false],
  "7000216": ["secret-wrong", false],
  "7000218": ["secret-wrong", false],
  "700016": ["application-unknown", false],
  "7000112": ["application-disabled", false],
  "90002": ["tenant-wrong", false],
  "900021": ["tenant-wrong", false],
  "900023": ["tenant-wrong", false],
  "70021": ["federation-mismatch", true],
  "700211": ["federation-mismatch", true],
  "700212": ["federation-mismatch", true],
  "700213": ["federation-mismatch", true],
  "7002138": ["federation-mismatch", false],
  "700024": ["clock-wrong", true],
  "65001": ["consent-missing", false],
  "500011": ["resource-unknown", false],
  "50196": ["wait", true],
  "90033": ["wait", true],
  "90055": ["wait", true],
};

const RETRYABLE_STATUS = new Set([401, 408, 425, 429]);

/** ARM's envelope; some services leave the outer member out. Longer lists of details are not read. */
const errorDetail = z.object({ code: z.string().nullish(), message: z.string().nullish() });
const envelope = z.union([z.object({ error: errorDetail }).transform(({ error }) => error), errorDetail]);

/** From an answer that is not 2xx. `body` is parsed JSON, or undefined when it was none. */
export function fromAnswer(status: number, body: unknown, retryAfterSeconds: number | null): AzureError {
  const { data } = envelope.safeParse(body);
  const isRedirect = status >= 300 && status < 400;
  const code = isRedirect ? "Redirected" : (data?.code ?? `Http${status}`);
  const retryable = RETRYABLE_STATUS.has(status) || status >= 500;
  return new AzureError(code, data?.message ?? `Azure answered ${status}`, { status, retryAfterSeconds, retryable });
}

/** From what the credential threw: the AADSTS code, wherever the library put it. Trace ids stay, secrets are not in it. */
export function fromTokenFailure(error: unknown): AzureError {
  const text = messagesOf(error).join("\n");
  const [, digits] = /AADSTS(\d{4,9})/.exec(text) ?? [];
  if (digits === undefined) {
    return new AzureError("TokenUnavailable", "no token was given: the sign-in endpoint gave no readable answer", {
      retryable: true,
      cause: error,
    });
  }
  const [advice, retryable] = TOKEN_ADVICE[digits] ?? [];
  const sentence = /AADSTS\d+[^\n]*/.exec(text)?.[0] ?? `AADSTS${digits}`;
  return new AzureError(`AADSTS${digits}`, sentence, {
    ...(advice && { advice }),
    retryable: retryable ?? false,
    cause: error,
  });
}

function messagesOf(error: unknown): string[] {
  const messages: string[] = [];
  for (let at = error; at instanceof Error && messages.length < 5; at = at.cause) messages.push(at.message);
  return messages;
}

/** From whatever the pipeline threw; keeps an `AzureError`. */
export function fromTransport(error: unknown, isTimeout: boolean): AzureError {
  if (isTimeout)
    return new AzureError("Timeout", "Azure did not answer within 30 seconds", { retryable: true, cause: error });
  if (error instanceof AzureError) return error;
  // The library's message names the URL, whose query may hold what a log must not.
  return new AzureError("Unreachable", "the connection to Azure failed", { retryable: true, cause: error });
}
