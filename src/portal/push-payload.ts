/**
 * Reads what a push brings (RFC 8030's body, a declarative push message as WebKit proposes it). Whatever comes, something
 * is shown: browsers withdraw the permission of a worker that stays silent, and a broken message still means "look".
 */
export interface PushNotice {
  title: string;
  body: string;
  /** Same-origin path that a tap opens. */
  path: string;
  alertId: string | null;
  severity: string | null;
  /** One-time token for receipts; null = no receipts. */
  token: string | null;
  /** Number for the app's badge; null = leave it. */
  badge: number | null;
  /** Re-alerts replace the notice before and must sound again. */
  tag: string;
}

const UNREADABLE: PushNotice = {
  title: "Watchbell has news",
  body: "Open it to see which alert.",
  path: "/alerts",
  alertId: null,
  severity: null,
  token: null,
  badge: null,
  tag: "watchbell",
};
const TITLE_CHARACTERS_MAX = 200;
const BODY_CHARACTERS_MAX = 500;

/** `origin` is the worker's own: an address of another site is never opened. */
export function readPush(text: string | null, origin: string): PushNotice {
  const message = parse(text);
  const notification = member(message, "notification") ?? message;
  const title = words(member(notification, "title"), TITLE_CHARACTERS_MAX);
  if (title === null) return UNREADABLE;
  const data = member(notification, "data");
  const find = (name: string) =>
    words(member(data, name), 200) ?? words(member(notification, name), 200) ?? words(member(message, name), 200);
  const path = samePath(words(member(notification, "navigate"), 2_048), origin);
  const alertId = find("alertId") ?? /^\/alerts\/([\w-]{1,64})$/.exec(path.split(/[?#]/)[0] ?? "")?.[1] ?? null;
  const badge = Number(member(notification, "app_badge") ?? member(message, "app_badge") ?? Number.NaN);
  return {
    title,
    body: words(member(notification, "body"), BODY_CHARACTERS_MAX) ?? "",
    path,
    alertId,
    severity: find("severity"),
    token: find("receipt"),
    badge: Number.isSafeInteger(badge) && badge >= 0 ? badge : null,
    tag: words(member(notification, "tag"), 200) ?? alertId ?? UNREADABLE.tag,
  };
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

const words = (value: unknown, charactersMax: number): string | null =>
  typeof value === "string" && value.trim() !== "" ? value.trim().slice(0, charactersMax) : null;

function samePath(address: string | null, origin: string): string {
  try {
    const url = new URL(address ?? "", origin);
    if (address !== null && url.origin === origin) return url.pathname + url.search + url.hash;
  } catch {
    // No address at all: the inbox is always right.
  }
  return UNREADABLE.path;
}
