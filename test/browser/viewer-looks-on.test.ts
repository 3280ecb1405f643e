import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser } from "../support/browser.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { openAlert, rowOf, signIn } from "./portal-person.ts";

const REASON = "Answers need the role Responder. Ask an administrator of Watchbell.";

await describeInBrowser("a Viewer looks on", (browser) => {
  let watchbell: Watchbell;
  let alertId: string;
  beforeAll(async () => {
    watchbell = await startWatchbell({ webhook: false });
    alertId = await watchbell.fire({ rule: "Only to look at", severity: "Sev1" });
    await watchbell.alertOf(alertId);
  });
  afterAll(() => watchbell?.dispose());

  test.each(["phone", "desk"] as const)(
    "on a %s the answers are there, switched off, with the reason",
    async (size) => {
      const page = await browser.open({ expected: [401], size });
      await signIn(page, watchbell, "Elif Arslan");
      expect(await rowOf(page, "Only to look at").getByRole("button").count()).toBe(0);
      await openAlert(page, "Only to look at");
      const answer = page.getByRole("button", { name: "Acknowledge", exact: true });
      expect(await answer.getAttribute("aria-disabled")).toBe("true");
      const reasonId = await answer.getAttribute("aria-describedby");
      expect(await page.locator(`[id="${reasonId}"]`).textContent()).toBe(REASON);
      await answer.click({ force: true });
      await page.getByRole("region", { name: "Message" }).getByText(REASON).waitFor();
      expect(await page.getByLabel("Write to the team").count()).toBe(0);
      expect((await watchbell.alertOf(alertId)).state).toBe("open");
    },
  );

  test("keys that answer say the reason too", async () => {
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Elif Arslan");
    await page.getByText("Only to look at").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await page.getByRole("region", { name: "Message" }).getByText(REASON).waitFor();
    expect((await watchbell.alertOf(alertId)).state).toBe("open");
  });
});
