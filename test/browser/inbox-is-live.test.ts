import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser } from "../support/browser.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { isLive, openAlert, rowOf, signIn } from "./portal-person.ts";

await describeInBrowser("the inbox is live", (browser) => {
  let watchbell: Watchbell;
  beforeAll(async () => {
    watchbell = await startWatchbell({ webhook: false });
  });
  afterAll(() => watchbell?.dispose());

  const setInAzure = async (alertId: string, path: string, body: object = {}) => {
    const guid = alertId.split("/").at(-1);
    const answer = await watchbell.sandboxApi(`/sandbox/alerts/${guid}/${path}`, { method: "POST", body });
    expect(answer.status).toBe(200);
  };

  test("a fired alert appears without a reload, and screen readers are told", async () => {
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ana Ribeiro");
    await isLive(page);
    await page.getByText("Nothing is open.").waitFor();
    await watchbell.fire({ rule: "CPU above 90 percent", severity: "Sev0" });
    await rowOf(page, "CPU above 90 percent").waitFor();
    await page.getByRole("alert").getByText("You are called. Critical: CPU above 90 percent").waitFor();
    await page.getByText("Critical · you are called").waitFor();
    expect(await page.title()).toContain("(1)");
  });

  test("what somebody does in Azure arrives on the open page", async () => {
    const alertId = await watchbell.fire({ rule: "Replica lags", severity: "Sev1" });
    await watchbell.alertOf(alertId);
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ben Okafor");
    await openAlert(page, "Replica lags");
    await setInAzure(alertId, "state", { state: "Acknowledged", comment: "I am on it" });
    await watchbell.round();
    await page.getByRole("region", { name: "State" }).getByText("Acknowledged").first().waitFor();
    await page.getByRole("region", { name: "In Azure" }).getByText("Azure shows Acknowledged.").waitFor();
  });

  test("a recovered alert closes on the open page", async () => {
    const alertId = await watchbell.fire({ rule: "Probe fails", severity: "Sev2" });
    await watchbell.alertOf(alertId);
    const page = await browser.open({ expected: [401], size: "phone" });
    await signIn(page, watchbell, "Ana Ribeiro");
    await openAlert(page, "Probe fails");
    await setInAzure(alertId, "resolve");
    await page.getByText(/^Closed \d\d:\d\d$/).waitFor();
    await page.getByRole("button", { name: "Reopen" }).waitFor();
    await page.getByRole("link", { name: "Back to alerts" }).click();
    await page.getByRole("heading", { level: 1, name: "Alerts" }).waitFor();
    expect(await rowOf(page, "Probe fails").count()).toBe(0);
  });

  test("of two people at once the later one is told who was first, and may take it", async () => {
    await watchbell.fire({ rule: "Both look at this", severity: "Sev1" });
    const [first, second] = [await browser.open({ expected: [401] }), await browser.open({ expected: [401, 409] })];
    await Promise.all([signIn(first, watchbell, "Ana Ribeiro"), signIn(second, watchbell, "Ben Okafor")]);
    await Promise.all([openAlert(first, "Both look at this"), openAlert(second, "Both look at this")]);
    // The second one's page does not hear of it before its own answer.
    await second.route(
      "**/api/v1/alerts/*/acknowledge",
      async (route) => {
        await first.getByRole("button", { name: "Acknowledge", exact: true }).click();
        await first.getByText("You have it").first().waitFor();
        await route.continue();
      },
      { times: 1 },
    );
    await second.getByRole("button", { name: "Acknowledge", exact: true }).click();
    await second
      .getByRole("region", { name: "Message" })
      .getByText(/^Ana acknowledged .* before you\.$/)
      .waitFor();
    await second.getByRole("button", { name: "Take it" }).click();
    await second.getByText("You have it").first().waitFor();
    await first.getByText("Ben has it").first().waitFor();
  });

  test("an answer given while the server is away waits visibly, and is sent when it is back", async () => {
    const alertId = await watchbell.fire({ rule: "Link is down", severity: "Sev1" });
    const page = await browser.open({ expected: [401, 503] });
    await signIn(page, watchbell, "Ana Ribeiro");
    await openAlert(page, "Link is down");
    let isAway = true;
    const answers = "**/api/v1/alerts/*/acknowledge";
    await page.route(answers, (route) =>
      isAway
        ? route.fulfill({ status: 503, contentType: "application/problem+json", body: '{"code":"store-unavailable"}' })
        : route.continue(),
    );
    await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
    await page.getByText("Could not acknowledge: the server does not answer.").waitFor();
    expect((await watchbell.alertOf(alertId)).state).toBe("open");
    isAway = false;
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByText("You have it").first().waitFor();
    expect((await watchbell.alertOf(alertId)).owner?.name).toBe("Ana Ribeiro");
  });
});
