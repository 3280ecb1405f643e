/** Azure waits this long for the first answer (azure-monitor-docs, action-groups). */
const ANSWER_TIMEOUT_MS = 10_000;

/** One POST. The status, or `no-answer` when none came in time. */
export type WebhookPost = (
  url: URL,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
) => Promise<number | "no-answer">;

const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * True for addresses of this machine. The sandbox posts to no other: what it simulates must not leave the machine,
 * whatever address is deployed in it.
 */
export const isLoopback = (url: URL) => LOOPBACK_HOSTS.has(url.hostname);

/** Posts with the platform's client. Redirects are not followed, the answer's body is thrown away. */
export const postWebhook: WebhookPost = async (url, headers, body, signal) => {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    // Refused, reset, timed out or ended: for Azure all of them are "no answer", and so is the reason lost there.
    return "no-answer";
  }
};
