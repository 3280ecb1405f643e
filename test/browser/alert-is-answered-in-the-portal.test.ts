import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser } from "../support/browser.ts";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { isLive, openAlert, rowOf, signIn } from "./portal-person.ts";

await describeInBrowser("a person answers an alert in the portal", (browser) => {
  let watchbell: Watchbell;
  beforeAll(async () => {
    watchbell = await startWatchbell({ webhook: false });
  });
  afterAll(() => watchbell?.dispose());

  const inAzure = (alertId: string, state: string) =>
    eventually(async () => {
      const azure = await watchbell.azure(alertId);
      return azure.state === state ? azure : undefined;
    });

  test("acknowledged in the portal, Azure shows Acknowledged with the person's name", async () => {
    const alertId = await watchbell.fire({ rule: "Payments are slow", severity: "Sev0" });
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ana Ribeiro");
    await openAlert(page, "Payments are slow");
    await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
    await page.getByText("You have it").first().waitFor();
    await page.getByRole("region", { name: "In Azure" }).getByText("Azure shows Acknowledged.").waitFor();
    const { history } = await inAzure(alertId, "Acknowledged");
    expect(history.at(-1)?.comments).toContain("Acknowledged by Ana Ribeiro in Watchbell.");
  });

  test("an alert closed with a comment is Closed in Azure, and its history says why", async () => {
    const alertId = await watchbell.fire({ rule: "Disk is full", severity: "Sev2" });
    const page = await browser.open({ expected: [401], size: "phone" });
    await signIn(page, watchbell, "Ben Okafor");
    await openAlert(page, "Disk is full");
    await page.getByRole("button", { name: "More answers" }).click();
    await page.getByRole("button", { name: "Close…" }).click();
    await page.getByLabel("What was it?").fill("The log rotation was off.");
    await page.getByRole("button", { name: "Close alert" }).click();
    await page.getByText(/^Closed \d\d:\d\d$/).waitFor();
    const { history } = await inAzure(alertId, "Closed");
    expect(history.at(-1)?.comments).toContain("Closed by Ben Okafor in Watchbell. Comment: The log rotation was off.");
  });

  test("a comment stands in the conversation, with its author", async () => {
    await watchbell.fire({ rule: "Certificate expires" });
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ana Ribeiro");
    await openAlert(page, "Certificate expires");
    await page.getByLabel("Write to the team").fill("I renew it.");
    await page.getByRole("button", { name: "Send" }).click();
    const comment = page.getByRole("region", { name: "Conversation" }).getByRole("listitem");
    await comment.filter({ hasText: "I renew it." }).filter({ hasText: "Ana Ribeiro" }).waitFor();
    expect(await page.getByLabel("Write to the team").inputValue()).toBe("");
  });

  test("a wrong tap is undone: the alert opens again", async () => {
    const alertId = await watchbell.fire({ rule: "Queue grows" });
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ana Ribeiro");
    await rowOf(page, "Queue grows").getByRole("button", { name: "Acknowledge" }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Given back. Calls start from the first step.").first().waitFor();
    expect((await watchbell.alertOf(alertId)).state).toBe("open");
  });

  test("several alerts are acknowledged at once", async () => {
    const fired = [
      await watchbell.fire({ rule: "Pod one restarts" }),
      await watchbell.fire({ rule: "Pod two restarts" }),
    ];
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ana Ribeiro");
    for (const rule of ["Pod one restarts", "Pod two restarts"]) await rowOf(page, rule).getByRole("checkbox").check();
    const bar = page.getByRole("region", { name: "Answers for the selected alerts" });
    await bar.getByText("2 selected").waitFor();
    await bar.getByRole("button", { name: "Acknowledge" }).click();
    await page.getByText("2 acknowledged").first().waitFor();
    for (const alertId of fired) expect((await watchbell.alertOf(alertId)).owner?.name).toBe("Ana Ribeiro");
  });

  test("signing out takes everything of the person off the device", async () => {
    await watchbell.fire({ rule: "Secret of the team" });
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ana Ribeiro");
    await isLive(page);
    await rowOf(page, "Secret of the team").waitFor();
    const kept = () =>
      page.evaluate(async () => (await caches.keys()).filter((name) => name.includes("person")).length);
    await eventually(async () => (await kept()) > 0);
    await page.getByRole("link", { name: "Me", exact: true }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in with Microsoft" }).waitFor();
    await eventually(async () => (await kept()) === 0);
    expect((await page.context().cookies(watchbell.url)).map(({ name }) => name)).toEqual([]);
    await page.goto(`${watchbell.url}/alerts`);
    await page.getByRole("link", { name: "Sign in with Microsoft" }).waitFor();
    expect(await page.getByText("Secret of the team").count()).toBe(0);
  });
});
