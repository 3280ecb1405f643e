import { signal } from "@preact/signals";
import { api } from "./api.ts";
import { remember, remembered } from "./preferences.ts";

/** Whether this device can ring, and what stands in the way. */
export type PushState = "unknown" | "unsupported" | "needs-home-screen" | "blocked" | "off" | "on";
export const pushState = signal<PushState>("unknown");
/** Host of this device's push service; with it the list of devices knows which one is this. */
export const ownPushHost = signal<string | null>(null);

const TOLD_ENDPOINT = "told-push-endpoint";

/** Finds out the state and, where notifications are on, makes sure that the server knows the present subscription. */
export async function checkPush(vapidPublicKey: string): Promise<void> {
  pushState.value = await readPushState();
  if (pushState.value !== "on") return;
  const subscription = await currentSubscription();
  if (subscription === null) return;
  // With a new key of the installation the old subscription can never be used again.
  if (!hasKey(subscription, vapidPublicKey)) await renew(subscription, vapidPublicKey);
  else if (!(await isKnownToServer(subscription))) await register(subscription);
}

/** The server tells only the host of a device's endpoint; which endpoint was told to it last is remembered here. */
async function isKnownToServer(subscription: PushSubscription): Promise<boolean> {
  if (remembered(TOLD_ENDPOINT) !== subscription.endpoint) return false;
  const { devices } = await api.devices();
  const host = new URL(subscription.endpoint).host;
  return devices.some((device) => device.state === "active" && device.target === host);
}

/** Ends this browser's subscription, when its device was removed from the list. */
export async function switchOffPush(): Promise<void> {
  await (await currentSubscription())?.unsubscribe();
  ownPushHost.value = null;
  pushState.value = await readPushState();
}

/** Asks for permission (only after a tap: iOS demands it), subscribes, tells the server. */
export async function switchOnPush(vapidPublicKey: string): Promise<void> {
  const permission = await Notification.requestPermission();
  if (permission === "granted") {
    const registration = await navigator.serviceWorker.ready;
    const present = await registration.pushManager.getSubscription();
    if (present !== null && !hasKey(present, vapidPublicKey)) await present.unsubscribe();
    await register(await subscribe(registration, vapidPublicKey));
  }
  pushState.value = await readPushState();
}

async function readPushState(): Promise<PushState> {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis) || !("Notification" in globalThis)) {
    return isAppleTouch() && !isInstalled() ? "needs-home-screen" : "unsupported";
  }
  if (Notification.permission === "denied") return "blocked";
  if (Notification.permission !== "granted") return "off";
  return (await currentSubscription()) === null ? "off" : "on";
}

async function currentSubscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = (await registration?.pushManager.getSubscription()) ?? null;
  ownPushHost.value = subscription === null ? null : new URL(subscription.endpoint).host;
  return subscription;
}

const subscribe = (registration: ServiceWorkerRegistration, key: string) =>
  registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });

async function renew(old: PushSubscription, key: string): Promise<void> {
  await old.unsubscribe();
  await register(await subscribe(await navigator.serviceWorker.ready, key));
}

/** The server takes the same subscription again and again as one device. */
async function register(subscription: PushSubscription): Promise<void> {
  const { endpoint, expirationTime, keys } = subscription.toJSON();
  await api.addDevice(deviceName(navigator.userAgent), {
    ...(endpoint ? { endpoint } : {}),
    expirationTime: expirationTime ?? null,
    ...(keys ? { keys } : {}),
  });
  remember(TOLD_ENDPOINT, subscription.endpoint);
  ownPushHost.value = new URL(subscription.endpoint).host;
}

function hasKey(subscription: PushSubscription, vapidPublicKey: string): boolean {
  const held = subscription.options.applicationServerKey;
  if (held === null) return false;
  const encoded = btoa(String.fromCharCode(...new Uint8Array(held)));
  return encoded.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === vapidPublicKey.replace(/=+$/, "");
}

/** A name that people recognise in a list: `Chrome on Android`. */
export function deviceName(userAgent: string): string {
  const find = (table: [RegExp, string][], otherwise: string) =>
    table.find(([pattern]) => pattern.test(userAgent))?.[1] ?? otherwise;
  const browser = find(
    [
      [/Edg/, "Edge"],
      [/Firefox|FxiOS/, "Firefox"],
      [/Chrom|CriOS/, "Chrome"],
      [/Safari/, "Safari"],
    ],
    "Browser",
  );
  const system = find(
    [
      [/iPhone/, "iPhone"],
      [/iPad/, "iPad"],
      [/Android/, "Android"],
      [/Windows/, "Windows"],
      [/Mac OS/, "Mac"],
      [/CrOS/, "ChromeOS"],
      [/Linux/, "Linux"],
    ],
    "unknown system",
  );
  return `${browser} on ${system}`;
}

export const deviceKind = (): "phone" | "browser" =>
  /iPhone|Android.*Mobile/.test(navigator.userAgent) ? "phone" : "browser";
const isAppleTouch = () =>
  /iPhone|iPad/.test(navigator.userAgent) || (/Mac OS/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
const isInstalled = () => matchMedia("(display-mode: standalone)").matches;
