import { effect } from "@preact/signals";
import { render } from "preact";
import type { AlertListItem } from "../api/contract.ts";
import { announce } from "./announce.ts";
import { App } from "./app.tsx";
import { isCalled } from "./inbox-order.ts";
import { startLive } from "./live.ts";
import { startPreferences } from "./preferences.ts";
import { checkPush } from "./push.ts";
import { openPath } from "./route.ts";
import {
  alerts,
  details,
  endSession,
  holdAlerts,
  loadDetail,
  loadInbox,
  loadSession,
  me,
  startClock,
  viewer,
} from "./store.ts";
import { severityWord } from "./words.ts";
import { startWorker } from "./worker.ts";

/** Starts the portal: preferences, clock, session, then the inbox and the live stream for the person signed in. */
function start(): void {
  startPreferences();
  startClock();
  render(<App />, document.getElementById("portal")!);
  void startWorker(openPath);
  void loadSession();
  let stopLive: (() => void) | null = null;
  let personId: string | null = null;
  effect(() => {
    const person = me.value?.person.id ?? null;
    if (person === personId) return;
    personId = person;
    stopLive?.();
    stopLive = person === null ? null : begin();
  });
  effect(() => {
    const open = [...alerts.value.values()].filter((alert) => alert.state === "open").length;
    // Systems without badges refuse; nothing is lost.
    if ("setAppBadge" in navigator) void navigator.setAppBadge(open).catch(() => undefined);
  });
}

/** Reads the inbox, opens the stream, checks this device's subscription. The answer stops the stream. */
function begin(): () => void {
  void loadInbox();
  const key = me.peek()?.vapidPublicKey;
  // A failed check leaves the device as it was; the Me page shows the state and offers the switch.
  if (key)
    void checkPush(key).catch((error: unknown) => console.warn("The push subscription could not be checked.", error));
  return startLive({ onAlert: takeLiveAlert, onGap: readAgain, onSignedOut: endSession });
}

function takeLiveAlert(item: AlertListItem): void {
  const known = alerts.value.get(item.id);
  holdAlerts([item]);
  const wasCalled = known !== undefined && isCalled(known, viewer.value);
  if (isCalled(item, viewer.value) && !wasCalled)
    announce(`You are called. ${severityWord(item.severity)}: ${item.title}`, "urgent");
  else if (known === undefined && item.state === "open") announce(`${severityWord(item.severity)}: ${item.title}`);
  if (details.value.has(item.id)) void loadDetail(item.id);
}

function readAgain(): void {
  void loadInbox();
  for (const id of details.value.keys()) if (location.pathname === `/alerts/${id}`) void loadDetail(id);
}

start();
