/**
 * Headers of every answer (threats B3): nothing from elsewhere, nothing inline, no framing. Trusted Types leave one
 * policy, `watchbell`, for the portal's service worker address.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script", "style", "connect", "img", "font", "worker", "manifest"].map((kind) => `${kind}-src 'self'`),
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types watchbell",
].join("; ");

const HSTS_SECONDS = 365 * 24 * 60 * 60;

/** What an answer is: a page or file of the portal, or the API's. */
export type AnswerKind = "portal" | "api";

/**
 * The headers for an answer; set them before a route does, which may replace `cache-control` and `referrer-policy`.
 * HSTS is sent where people come by https: `publicUrl` decides, TLS itself ends at the ingress.
 */
export function securityHeaders(kind: AnswerKind, publicUrl: string): Record<string, string> {
  return {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    ...(publicUrl.startsWith("https:") ? { "strict-transport-security": `max-age=${HSTS_SECONDS}` } : {}),
    ...(kind === "api" ? { "cache-control": "no-store" } : {}),
  };
}
