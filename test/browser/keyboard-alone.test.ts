import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser } from "../support/browser.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { isLive, signIn } from "./portal-person.ts";

await describeInBrowser("the whole way by keyboard alone", (browser) => {
  let watchbell: Watchbell;
  beforeAll(async () => {
    watchbell = await startWatchbell({ webhook: false });
  });
  afterAll(() => watchbell?.dispose());

  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? "");
  /** Presses Tab until the element that has the focus says `words`. */
  async function tabTo(page: Page, words: string): Promise<void> {
    for (let pressed = 0; pressed < 30; pressed += 1) {
      await page.keyboard.press("Tab");
      if ((await focused(page)).includes(words)) return;
    }
    throw new Error(`Tab never reached “${words}”, but ${await focused(page)}`);
  }

  test("signing in, J and K, Enter, A, M, C, Escape: nothing needs a mouse", async () => {
    await watchbell.fire({ rule: "First of two", severity: "Sev1" });
    const second = await watchbell.fire({ rule: "Second of two", severity: "Sev2" });
    const page = await browser.open({ expected: [401] });
    await page.goto(`${watchbell.url}/alerts`);
    await page.getByRole("link", { name: "Sign in with Microsoft" }).waitFor();
    await tabTo(page, "Sign in with Microsoft");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Ana Ribeiro" }).waitFor();
    await tabTo(page, "Ana Ribeiro");
    await page.keyboard.press("Enter");
    await isLive(page);
    await page.getByText("Second of two").first().waitFor();

    await page.keyboard.press("j");
    expect(await focused(page)).toContain("First of two");
    await page.keyboard.press("j");
    expect(await focused(page)).toContain("Second of two");
    await page.keyboard.press("k");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Second of two" }).waitFor();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await page.keyboard.press("a");
    await page.getByText("You have it").first().waitFor();

    await page.keyboard.press("m");
    await page.keyboard.type("Written without a mouse");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("region", { name: "Conversation" }).getByText("Written without a mouse").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("c");
    await page.getByRole("dialog", { name: "Close this alert" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("c");
    await page.getByRole("dialog", { name: "Close this alert" }).waitFor();
    await page.keyboard.type("Done by hand");
    await tabTo(page, "Close alert");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "State" }).getByText("Closed").first().waitFor();
    expect((await watchbell.alertOf(second)).state).toBe("closed");
    await page.keyboard.press("Escape");
    await page.waitForURL(`${watchbell.url}/alerts`);
  });

  test("a key list opens with ?, G and a letter go to the places, letters in a field are text", async () => {
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ana Ribeiro");
    await isLive(page);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys on this page" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("/");
    await page.getByRole("searchbox").and(page.locator(":focus")).waitFor();
    await page.keyboard.type("gha");
    expect(await page.getByRole("searchbox").inputValue()).toBe("gha");
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.getByRole("heading", { level: 1, name: "Health" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await page.getByRole("heading", { level: 1, name: "Me" }).waitFor();
  });

  test("letters that are switched off do nothing (WCAG 2.1.4)", async () => {
    const alertId = await watchbell.fire({ rule: "Not by accident" });
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Ana Ribeiro", "/me");
    await page.getByLabel("Single letters are keys").uncheck();
    await page.getByRole("link", { name: /Alerts/ }).click();
    await page.getByText("Not by accident").first().waitFor();
    await tabTo(page, "Not by accident");
    await page.keyboard.press("a");
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    expect(new URL(page.url()).pathname).toBe("/alerts");
    expect((await watchbell.alertOf(alertId)).state).toBe("open");
  });
});
