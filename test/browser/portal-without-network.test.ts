import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser } from "../support/browser.ts";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { isLive, openAlert, rowOf, signIn } from "./portal-person.ts";

await describeInBrowser("the portal without a network", (browser) => {
  let watchbell: Watchbell;
  let alertId: string;
  beforeAll(async () => {
    watchbell = await startWatchbell({ webhook: false });
    alertId = await watchbell.fire({ rule: "Seen before the tunnel", severity: "Sev1" });
    await watchbell.alertOf(alertId);
  });
  afterAll(() => watchbell?.dispose());

  /** Signed in, live, the shell and the inbox remembered; browsers write each failed request into the console. */
  async function openBeforeTunnel() {
    const page = await browser.open({ expected: [401], offline: true });
    await signIn(page, watchbell, "Ana Ribeiro");
    await isLive(page);
    await rowOf(page, "Seen before the tunnel").waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await eventually(() => page.evaluate(async () => (await caches.keys()).length === 2));
    return page;
  }

  test("opened without a network it shows the last inbox and says how old it is", async () => {
    const page = await openBeforeTunnel();
    await page.context().setOffline(true);
    await page.reload();
    await rowOf(page, "Seen before the tunnel").waitFor();
    // Not every browser notices that its network was taken away; then it says what it sees: no live stream.
    const strip = page.getByText(/^(Offline|Not live) since \d\d:\d\d/);
    await strip.waitFor();
    if (await page.evaluate(() => !navigator.onLine)) await page.getByText("This device gets no pushes now.").waitFor();
    await page.context().setOffline(false);
    await isLive(page);
    await strip.waitFor({ state: "detached" });
  });

  test("an answer given without a network is sent once there is one", async () => {
    const page = await openBeforeTunnel();
    await openAlert(page, "Seen before the tunnel");
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
    await page.getByText("Could not acknowledge: the server does not answer.").waitFor();
    expect(await page.getByText("You have it").count()).toBe(0);
    await page.context().setOffline(false);
    await page.getByText("You have it").first().waitFor();
    expect((await watchbell.alertOf(alertId)).owner?.name).toBe("Ana Ribeiro");
  });

  test("after signing out nothing of the person is shown without a network", async () => {
    const page = await openBeforeTunnel();
    await page.goto(`${watchbell.url}/me`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in with Microsoft" }).waitFor();
    await page.context().setOffline(true);
    await page.goto(`${watchbell.url}/alerts`);
    await page.getByText("the server does not answer").waitFor();
    expect(await page.getByText("Seen before the tunnel").count()).toBe(0);
  });
});
