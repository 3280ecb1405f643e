/**
 * Fetching from Entra's authority: OpenID documents, key sets, token endpoint. Only the configured origin is asked, no
 * redirect is followed, answers are bounded (threats J1, W1).
 */
export interface EntraFetch {
  /** A document as JSON. Throws for another origin, a status other than 200, or an answer that is too large. */
  fetchJson(url: string): Promise<unknown>;
  /** For openid-client: the same guard around a whole request. */
  fetch(url: string, options: object): Promise<Response>;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 1_048_576;

export function createEntraFetch(authorityHost: string): EntraFetch {
  const origin = new URL(authorityHost).origin;
  const guarded: EntraFetch["fetch"] = async (url, options) => {
    if (new URL(url).origin !== origin)
      throw new Error(`refused to ask ${new URL(url).origin}: the authority is ${origin}`);
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    const request = options as RequestInit;
    const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
    return fetch(url, { ...request, redirect: "error", signal });
  };
  const fetchJson = async (url: string) => {
    const response = await guarded(url, { method: "GET" });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
    if (text.length > ANSWER_BYTES_MAX)
      throw new Error(`${new URL(url).pathname} answered more than ${ANSWER_BYTES_MAX} bytes`);
    return JSON.parse(text) as unknown;
  };
  return { fetchJson, fetch: guarded };
}
