import type { CDPSession, Page, Worker } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AlertDetail } from "../../src/api/contract.ts";
import { describeInBrowser } from "../support/browser.ts";
import { type FakeReceiver, startFakeReceiver } from "../support/fake-receiver.ts";
import { createPushBrowser } from "../support/push-browser.ts";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { signIn } from "./portal-person.ts";

/**
 * A push from the worker to the notification on a phone. A headless browser has no push service: the subscription is
 * registered with keys of the test, the push service is a receiver of the test, and what it got is decrypted and given
 * to the real service worker by the browser's debugger, as a push service would.
 */
const REGISTERED_MS_MAX = 15_000;

interface Phone {
  page: Page;
  worker: Worker;
  /** Gives a message to the service worker. */
  deliver(payload: string): Promise<void>;
}

await describeInBrowser(
  "the phone of the person on duty rings",
  (browser) => {
    let watchbell: Watchbell;
    let service: FakeReceiver;
    const keys = createPushBrowser();
    beforeAll(async () => {
      service = await startFakeReceiver();
      service.answer({ status: 201 });
      watchbell = await startWatchbell({
        webhook: false,
        settings: { WATCHBELL_EGRESS_ALLOW: service.hostPort, WATCHBELL_EGRESS_PUSH_HOSTS: "127.0.0.1" },
      });
      const ana = await watchbell.signInAs("Ana Ribeiro");
      const body = { name: "Phone", subscription: keys.subscription(`${service.origin}/push/ana`) };
      expect((await ana("/api/v1/me/devices", { method: "POST", body })).status).toBe(201);
    });
    afterAll(async () => {
      await watchbell?.dispose();
      await service?.close();
    });

    /** The push that told of this alert, as the phone decrypts it. */
    async function pushed(id: string): Promise<string> {
      return eventually(() =>
        service.requests.map(({ body }) => keys.decrypt(body)).find((payload) => payload.includes(id)),
      );
    }

    async function openPhone(person: string): Promise<Phone> {
      const page = await browser.open({ expected: [401], size: "phone" });
      const context = page.context();
      await context.grantPermissions(["notifications"], { origin: watchbell.url });
      await signIn(page, watchbell, person);
      const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      const debug = await context.newCDPSession(page);
      const registrationId = await registrationOf(debug, watchbell.url);
      return {
        page,
        worker,
        deliver: async (data) => {
          await debug.send("ServiceWorker.deliverPushMessage", { origin: watchbell.url, registrationId, data });
        },
      };
    }

    const shown = (page: Page) =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        return (await registration.getNotifications()).map(({ title, body, tag, requireInteraction }) => ({
          ...{ title, body, tag, requireInteraction },
        }));
      });
    /** What the browser does when somebody taps the notice, or one of its buttons. */
    const tap = (worker: Worker, action: string) =>
      worker.evaluate(async (pressed) => {
        const scope = globalThis as unknown as ServiceWorkerGlobalScope;
        const [notification] = await scope.registration.getNotifications();
        if (notification === undefined) throw new Error("no notification is shown");
        const event = new NotificationEvent("notificationclick", { notification, action: pressed });
        const work: Promise<unknown>[] = [];
        // Only the browser's own events may be waited for by their method.
        event.waitUntil = (promise: Promise<unknown>) => void work.push(promise);
        scope.dispatchEvent(event);
        await Promise.all(work);
      }, action);
    const proofOf = async (id: string): Promise<AlertDetail["notifications"][number] | undefined> =>
      (await watchbell.detail(id)).notifications.find((notification) => notification.channel === "web-push");

    test("the push shows a notice, the tap opens the alert, and the portal proves both", async () => {
      const { id } = await watchbell.alertOf(await watchbell.fire({ rule: "CPU above 90 percent", severity: "Sev0" }));
      const phone = await openPhone("Ana Ribeiro");
      await phone.deliver(await pushed(id));
      const [notice] = await eventually(async () => {
        const notices = await shown(phone.page);
        return notices.length > 0 ? notices : undefined;
      });
      expect(notice).toMatchObject({ tag: id, requireInteraction: true });
      expect(notice?.title).toBe("Critical: CPU above 90 percent on vm-payments-prod-03");
      expect(notice?.body).not.toBe("");
      await eventually(async () => (await proofOf(id))?.receivedAt != null);
      expect((await proofOf(id))?.seenAt).toBeNull();

      await tap(phone.worker, "");
      await phone.page.getByRole("heading", { level: 1, name: "CPU above 90 percent" }).waitFor();
      await eventually(async () => (await proofOf(id))?.seenAt != null);
      await phone.page.reload();
      const proof = phone.page.getByRole("region", { name: "Notifications" });
      await proof.getByText(/^accepted \d\d:\d\d:\d\d$/).waitFor();
      await proof.getByText(/^on phone \d\d:\d\d:\d\d$/).waitFor();
      await proof.getByText(/^seen \d\d:\d\d:\d\d$/).waitFor();
    }, 30_000);

    test("acknowledged from the notice, Azure shows Acknowledged", async () => {
      const alertId = await watchbell.fire({ rule: "Replica lags", severity: "Sev1" });
      const { id } = await watchbell.alertOf(alertId);
      const phone = await openPhone("Ana Ribeiro");
      await phone.deliver(await pushed(id));
      await eventually(async () => (await shown(phone.page)).length > 0);
      await tap(phone.worker, "acknowledge");
      await eventually(async () => (await shown(phone.page))[0]?.title === "Acknowledged");
      expect((await watchbell.detail(id)).owner?.name).toBe("Ana Ribeiro");
      await eventually(async () => (await watchbell.azure(alertId)).state === "Acknowledged");
      await phone.page.getByText("You · acknowledged").first().waitFor();
    }, 30_000);

    test("a push that nobody can read still shows something", async () => {
      const phone = await openPhone("Ana Ribeiro");
      await phone.deliver("\u0000 no JSON");
      const [notice] = await eventually(async () => {
        const notices = await shown(phone.page);
        return notices.length > 0 ? notices : undefined;
      });
      expect(notice).toMatchObject({ title: "Watchbell has news", body: "Open it to see which alert." });
    });
  },
  { needsNotifications: true },
);

/** Id of the service worker's registration, as the debugger counts. */
function registrationOf(debug: CDPSession, origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no service worker was registered")), REGISTERED_MS_MAX);
    debug.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const found = registrations.find(({ scopeURL, isDeleted }) => scopeURL.startsWith(origin) && !isDeleted);
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found.registrationId);
    });
    debug.send("ServiceWorker.enable").catch(reject);
  });
}
