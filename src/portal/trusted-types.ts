/**
 * The one Trusted Types policy (threats B3): the page may name exactly one script by itself, our service worker. The
 * header allows it with `trusted-types watchbell`.
 */
export const WORKER_URL = "/sw.js";

interface PolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

/** Refuses every address but the worker's. */
export function onlyWorkerUrl(url: string): string {
  if (url !== WORKER_URL) throw new TypeError(`The policy "watchbell" allows only ${WORKER_URL}`);
  return url;
}

/** The worker's address as the browser wants it; plain text where there are no Trusted Types. */
export function workerScriptUrl(): string {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  return (
    factory?.createPolicy("watchbell", { createScriptURL: onlyWorkerUrl }).createScriptURL(WORKER_URL) ?? WORKER_URL
  );
}
