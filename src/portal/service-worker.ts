/// <reference lib="webworker" />
import { type PushNotice, readPush } from "./push-payload.ts";

/**
 * The service worker: keeps the shell for the time without a network, shows every push, opens the alert on a tap,
 * acknowledges from the notification, reports receipts. It never touches /api and /auth answers: data of a person is kept
 * by the page, by person (threats B6).
 */
declare const self: ServiceWorkerGlobalScope & {
  /** Files of the shell; the build writes the list in (build/shell-manifest.ts). */
  SHELL_FILES: string[];
};

const SHELL_FILES: string[] = self.SHELL_FILES;
const SHELL_PREFIX = "watchbell-shell-";
/** The hashed names change with every build, so the list is the version. */
const SHELL_CACHE = SHELL_PREFIX + SHELL_FILES.join().replace(/[^\w]/g, "").slice(-120);
/** Pages of the portal: all are the same document. */
const PORTAL_PAGE = /^\/(?:$|alerts(?:\/|$)|health$|me$|sign-in$|not-allowed$)/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL_CACHE)
      .then((cache) => cache.addAll(SHELL_FILES.map((file) => new Request(file, { cache: "reload" })))),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([removeOldShells(), self.clients.claim()]));
});

async function removeOldShells(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(SHELL_PREFIX) && name !== SHELL_CACHE).map((name) => caches.delete(name)),
  );
}

self.addEventListener("message", (event) => {
  if (event.data === "take-over") event.waitUntil(self.skipWaiting());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && PORTAL_PAGE.test(url.pathname)) event.respondWith(fromShell("/", request));
  else if (SHELL_FILES.includes(url.pathname) && url.pathname !== "/")
    event.respondWith(fromShell(url.pathname, request));
});

async function fromShell(file: string, request: Request): Promise<Response> {
  const cache = await caches.open(SHELL_CACHE);
  return (await cache.match(file)) ?? fetch(request);
}

self.addEventListener("push", (event) => {
  const notice = readPush(event.data?.text() ?? null, self.location.origin);
  event.waitUntil(Promise.all([show(notice), sendReceipt(notice.token, "received"), setBadge(notice.badge)]));
});

const SEVERITIES = ["critical", "high", "medium", "low", "info"];

/** Options beyond TypeScript's DOM types that browsers know: actions, renotify, vibrate (MDN, Notification). */
interface NoticeOptions extends NotificationOptions {
  actions?: { action: string; title: string }[];
  renotify?: boolean;
}

function show(notice: PushNotice): Promise<void> {
  const isLoud = notice.severity === "critical" || notice.severity === "high";
  const options: NoticeOptions = {
    body: notice.body,
    tag: notice.tag,
    renotify: true,
    requireInteraction: isLoud,
    icon:
      notice.severity !== null && SEVERITIES.includes(notice.severity)
        ? `/icon-${notice.severity}-192.png`
        : "/icon-192.png",
    badge: "/badge-96.png",
    data: notice,
    actions:
      notice.alertId === null
        ? []
        : [
            { action: "acknowledge", title: "Acknowledge" },
            { action: "open", title: "Open" },
          ],
  };
  return self.registration.showNotification(notice.title, options);
}

self.addEventListener("notificationclick", (event) => {
  const notice = event.notification.data as PushNotice | null;
  event.notification.close();
  const seen = sendReceipt(notice?.token ?? null, "seen");
  const isAnswer = event.action === "acknowledge" && notice?.alertId;
  event.waitUntil(Promise.all([seen, isAnswer ? acknowledge(notice) : openPage(notice?.path ?? "/alerts")]));
});

/** Answers from the notification. What does not work there opens the alert, where it can be answered. */
async function acknowledge(notice: PushNotice): Promise<void> {
  const path = `/api/v1/alerts/${encodeURIComponent(notice.alertId ?? "")}/acknowledge`;
  const response = await post(path, {}).catch(() => null);
  if (response === null || !(response.ok || response.status === 409)) return openPage(notice.path);
  const problem: unknown = response.ok ? null : await response.json().catch(() => null);
  const detail = typeof problem === "object" && problem !== null && "detail" in problem ? String(problem.detail) : null;
  const title = response.ok ? "Acknowledged" : "Already taken";
  const answered: PushNotice = { ...notice, title, body: detail ?? notice.title };
  await self.registration.showNotification(title, {
    body: answered.body,
    tag: notice.tag,
    silent: true,
    icon: "/icon-192.png",
    badge: "/badge-96.png",
    data: answered,
  });
}

/** Brings the portal to the front at the alert; opens it where it is not open. */
async function openPage(path: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows.find((client) => new URL(client.url).pathname === path.split(/[?#]/)[0]) ?? windows[0];
  if (shown === undefined) {
    await self.clients.openWindow(path);
    return;
  }
  // Browsers refuse it long after the tap; the page shows the alert all the same.
  await shown.focus().catch(() => undefined);
  shown.postMessage({ kind: "open", path });
}

/** A receipt is proof for the timeline; losing one must not lose the notification. */
async function sendReceipt(token: string | null, event: "received" | "seen"): Promise<void> {
  if (token !== null) await post("/api/v1/receipts", { token, event }).catch(() => undefined);
}

const post = (path: string, body: unknown) =>
  fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** Not every system has badges; where there is none, nothing is lost. */
async function setBadge(count: number | null): Promise<void> {
  if (count !== null && "setAppBadge" in navigator) await navigator.setAppBadge(count).catch(() => undefined);
}

interface SubscriptionChange extends ExtendableEvent {
  newSubscription?: PushSubscription | null;
  oldSubscription?: PushSubscription | null;
}

// The push service replaced the subscription: tell the server the new one, or this phone would be silent.
self.addEventListener("pushsubscriptionchange", (event) => {
  const change = event as SubscriptionChange;
  change.waitUntil(renewSubscription(change));
});

async function renewSubscription(change: SubscriptionChange): Promise<void> {
  const key = change.oldSubscription?.options.applicationServerKey;
  const renewed =
    change.newSubscription ??
    (key ? await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }) : null);
  if (renewed === null) return;
  const { endpoint, expirationTime, keys } = renewed.toJSON();
  await post("/api/v1/me/devices", {
    name: "Renewed by the browser",
    subscription: { endpoint, expirationTime: expirationTime ?? null, keys },
  });
}
