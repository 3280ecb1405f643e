import { signal } from "@preact/signals";
import { WORKER_URL, workerScriptUrl } from "./trusted-types.ts";

/** True when a new version of the portal is installed and waits. It never takes over under an open alert by itself. */
export const updateIsReady = signal(false);

let waiting: ServiceWorker | null = null;

/** Registers the service worker; `open` is called when a notification asks the open page to show an address. */
export async function startWorker(open: (path: string) => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", (event) => {
    const message: unknown = event.data;
    if (typeof message === "object" && message !== null && "path" in message) open(String(message.path));
  });
  const registration = await navigator.serviceWorker
    .register(workerScriptUrl(), { scope: "/", updateViaCache: "none" })
    .catch((error: unknown) => {
      // Private windows refuse workers. The portal works without one; it only cannot ring.
      console.warn(`No service worker (${WORKER_URL}): this browser cannot ring.`, error);
      return null;
    });
  // Test browsers that block workers answer with nothing at all.
  if (!registration) return;
  noteWaiting(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const incoming = registration.installing;
    incoming?.addEventListener("statechange", () => {
      // The very first worker has nothing to replace.
      if (incoming.state === "installed" && navigator.serviceWorker.controller !== null) noteWaiting(incoming);
    });
  });
}

function noteWaiting(worker: ServiceWorker | null): void {
  waiting = worker;
  updateIsReady.value = worker !== null;
}

/** Lets the waiting version take over and loads the page anew. */
export function loadUpdate(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting?.postMessage("take-over");
}
