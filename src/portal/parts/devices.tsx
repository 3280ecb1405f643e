import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Device } from "../../api/contract.ts";
import { api, Problem, type Unreachable } from "../api.ts";
import { tell } from "../notices.ts";
import { deviceKind, ownPushHost, type PushState, pushState, switchOffPush, switchOnPush } from "../push.ts";
import { signInHref } from "../route.ts";
import { asFailure, loadSession } from "../store.ts";
import { Banner } from "./banner.tsx";
import { Failure } from "./failure.tsx";
import { Icon } from "./icon.tsx";
import { Moment } from "./moment.tsx";
import { Section } from "./section.tsx";
import { Skeleton } from "./skeleton.tsx";

const devices = signal<readonly Device[] | null>(null);
const problem = signal<Problem | Unreachable | null>(null);
const switching = signal(false);

async function readDevices(): Promise<void> {
  try {
    devices.value = (await api.devices()).devices;
    problem.value = null;
  } catch (error) {
    problem.value = asFailure(error);
  }
}

/** Which devices ring, and the switch for this one. */
export function Devices({ vapidPublicKey }: { vapidPublicKey: string }) {
  useEffect(() => void readDevices(), []);
  return (
    <Section title="Devices">
      <ThisDevice vapidPublicKey={vapidPublicKey} />
      {problem.value !== null && (
        <Failure problem={problem.value} retry={() => void readDevices()} what="your devices" />
      )}
      {devices.value === null && problem.value === null && <Skeleton rows={2} />}
      {devices.value !== null && <DeviceList list={devices.value} />}
    </Section>
  );
}

/** What stands in the way of ringing here, and what to do about it. */
const OBSTACLES: Partial<Record<PushState, { title: string; rest: string }>> = {
  blocked: {
    title: "Notifications are blocked for Watchbell.",
    rest: "Allow them in the settings of this browser or phone, then come back.",
  },
  unsupported: {
    title: "This browser cannot ring.",
    rest: "It has no web push. Use a current Chrome, Edge, Firefox or Safari.",
  },
  "needs-home-screen": {
    title: "Open Watchbell from the home screen.",
    rest: "In Safari it cannot ring. Share, then Add to Home Screen.",
  },
};

function ThisDevice({ vapidPublicKey }: { vapidPublicKey: string }) {
  const state = pushState.value;
  const obstacle = OBSTACLES[state];
  if (obstacle !== undefined) {
    return (
      <Banner tone="warn" icon="shield-alert" title={obstacle.title}>
        <p class="second">{obstacle.rest}</p>
      </Banner>
    );
  }
  if (state === "on") return <Banner tone="ok" icon="shield-check" title={`This ${deviceKind()} rings.`} />;
  return (
    <div class="stack">
      <button
        type="button"
        class="button button-primary"
        aria-disabled={switching.value}
        onClick={() => void switchOn(vapidPublicKey)}
      >
        <Icon name="bell-ring" size="small" />
        {switching.value ? "Switching on…" : "Switch on notifications"}
      </button>
      <p class="meta">The browser asks you to allow them. An app from the web cannot override silent mode.</p>
    </div>
  );
}

async function switchOn(vapidPublicKey: string): Promise<void> {
  if (switching.value) return;
  switching.value = true;
  try {
    await switchOnPush(vapidPublicKey);
    await Promise.all([readDevices(), loadSession()]);
    if (pushState.value === "on") tell(`This ${deviceKind()} rings now.`);
  } catch (error) {
    if (isSignInTooOld(error)) return;
    // The browser's push service may refuse too (no network, private window): say its reason.
    tell(`Could not switch on notifications: ${error instanceof Error ? error.message : "the browser refused."}`, {
      tone: "bad",
    });
  } finally {
    switching.value = false;
  }
}

function DeviceList({ list }: { list: readonly Device[] }) {
  if (list.length === 0) return <p class="meta">No device rings yet.</p>;
  return (
    <ul class="device-list">
      {list.map((device) => (
        <li key={device.id}>
          <Icon name={device.channel === "webhook" ? "webhook" : "smartphone"} />
          <div class="grow">
            <p class="label">
              {device.name}
              {isThisDevice(device) && " · this device"}
            </p>
            <p class={`meta ${device.state === "retired" ? "color-critical" : ""}`}>
              {device.state === "retired" ? (
                "Refused by the push service. Open Watchbell on it once, or remove it."
              ) : (
                <LastMessage at={device.lastDeliveredAt} />
              )}{" "}
              · {device.target}
            </p>
          </div>
          <button
            type="button"
            class="button button-quiet button-icon"
            aria-label={`Remove ${device.name}`}
            onClick={() => void remove(device)}
          >
            <Icon name="trash-2" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function LastMessage({ at }: { at: string | null }) {
  return at === null ? (
    <>No message yet</>
  ) : (
    <>
      Last message <Moment at={at} />
    </>
  );
}

/** Changes of devices need a sign-in of the last 12 hours (threats B5): offer it instead of only refusing. */
function isSignInTooOld(error: unknown): boolean {
  if (!(error instanceof Problem) || error.code !== "sign-in-too-old") return false;
  tell("This change needs a fresh sign-in.", {
    lifeMs: null,
    action: { label: "Sign in again", run: () => location.assign(signInHref("/me")) },
  });
  return true;
}

async function remove(device: Device): Promise<void> {
  const isThis = isThisDevice(device);
  try {
    await api.removeDevice(device.id);
    if (isThis) await switchOffPush();
    tell(`${device.name} is removed. It does not ring any more.`);
  } catch (error) {
    if (!isSignInTooOld(error)) {
      tell(`Could not remove ${device.name}: ${asFailure(error).message}`, { tone: "bad" });
    }
  }
  await Promise.all([readDevices(), loadSession()]);
}

/** The server tells only the host of an endpoint: one device of the host is this one, of several it is not known. */
function isThisDevice(device: Device): boolean {
  const same = (devices.value ?? []).filter(
    (other) => other.channel === "web-push" && other.state === "active" && other.target === ownPushHost.value,
  );
  return same.length === 1 && same[0]?.id === device.id;
}
