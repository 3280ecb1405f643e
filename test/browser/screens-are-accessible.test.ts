import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser } from "../support/browser.ts";
import { eventually, startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { expectNoSidewaysScroll, openAlert, rowOf, signIn } from "./portal-person.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe-core finds on the page as it is now, as short texts. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = await page.evaluate(async (tags) => {
    const { axe: engine } = globalThis as unknown as { axe: typeof axe };
    return engine.run(document, { runOnly: { type: "tag", values: tags } });
  }, RULES);
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help} at ${node.target.join(" ")} (${node.html.slice(0, 120)})`),
  );
}

await describeInBrowser("every screen is accessible", (browser) => {
  let watchbell: Watchbell;
  beforeAll(async () => {
    watchbell = await startWatchbell({ webhook: false });
    const fired = await Promise.all([
      watchbell.fire({ rule: "CPU above 90 percent", severity: "Sev0", value: 96.4 }),
      watchbell.fire({ rule: "Replica lag of psql-payments-replica-westeurope-01 above 300 s", severity: "Sev1" }),
      watchbell.fire({
        rule: "Failed payments",
        severity: "Sev2",
        kind: "log-v2",
        description: "See https://example.org/",
      }),
      watchbell.fire({ rule: "Key Vault in West Europe", severity: "Sev3", kind: "service-health" }),
      watchbell.fire({ rule: "Scaled out", severity: "Sev4", kind: "activity-autoscale" }),
    ]);
    const alerts = await Promise.all(fired.map((id) => watchbell.alertOf(id)));
    const ana = await watchbell.signInAs("Ana Ribeiro");
    const post = (at: number, action: string, body: object) =>
      ana(`/api/v1/alerts/${alerts[at]?.id}/${action}`, { method: "POST", body });
    await post(2, "acknowledge", {});
    await post(2, "comments", { text: "I look at the card schemes." });
    await post(4, "close", { comment: "As wanted." });
  });
  afterAll(() => watchbell?.dispose());

  async function expectAccessible(page: Page) {
    await expectFits(page);
    expect(await violations(page), page.url()).toEqual([]);
  }

  async function expectFits(page: Page) {
    await eventually(async () => (await page.locator(".skeleton").count()) === 0);
    await expectNoSidewaysScroll(page);
  }

  async function visitEveryScreen(page: Page, person: string, check: (page: Page) => Promise<void>) {
    await page.goto(watchbell.url);
    await page.getByRole("link", { name: "Sign in with Microsoft" }).waitFor();
    await check(page);
    await signIn(page, watchbell, person);
    await rowOf(page, "CPU above 90 percent").waitFor();
    await check(page);
    for (const tab of ["mine", "team", "closed"]) {
      await page.goto(`${watchbell.url}/alerts?tab=${tab}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await check(page);
    }
    for (const title of ["CPU above 90 percent", "Failed payments", "Key Vault in West Europe"]) {
      await page.goto(`${watchbell.url}/alerts?tab=team`);
      await openAlert(page, title);
      await page.getByText("Raw payload").click();
      await check(page);
    }
    for (const [path, words] of [
      ["/health", "People who cannot be reached"],
      ["/me", "Single letters are keys"],
      ["/alerts/none", "This alert is not here"],
    ] as const) {
      await page.goto(watchbell.url + path);
      await page.getByText(words).waitFor();
      await check(page);
    }
  }

  test.each([
    ["phone", "light"],
    ["phone", "dark"],
    ["desk", "light"],
    ["desk", "dark"],
  ] as const)("axe-core finds nothing on a %s in %s", { timeout: 60_000 }, async (size, theme) => {
    const page = await browser.open({ expected: [401, 404], size, theme });
    await visitEveryScreen(page, size === "phone" ? "Ana Ribeiro" : "Elif Arslan", expectAccessible);
  });

  test("dialogs are accessible, and the focus returns from them", async () => {
    const page = await browser.open({ expected: [401], size: "phone" });
    await signIn(page, watchbell, "Ana Ribeiro");
    await openAlert(page, "CPU above 90 percent");
    const more = page.getByRole("button", { name: "More answers" });
    await more.click();
    await page.getByRole("dialog", { name: "More answers" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Close…" }).click();
    await page.getByRole("dialog", { name: "Close this alert" }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await more.click();
    await page.getByRole("dialog", { name: "More answers" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    expect(await more.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  test("at 320 pixels nothing is cut off and everything can be reached (WCAG 1.4.10)", async () => {
    const page = await browser.open({ expected: [401, 404], size: "narrow" });
    await visitEveryScreen(page, "Ana Ribeiro", expectFits);
  });

  test("on a phone everything to tap is large enough, and the answer stands in the lowest 160 pixels", async () => {
    const page = await browser.open({ expected: [401], size: "phone" });
    await signIn(page, watchbell, "Ana Ribeiro");
    await rowOf(page, "CPU above 90 percent").waitFor();
    const tooSmall = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("button, a[href], input, select, summary, textarea")]
          .filter((each) => !each.closest("p, dd, li.comment, .hidden-text, .skip-link"))
          // A label belongs to its field, and a row's link covers the row.
          .map((each) => ({
            box: (each.closest("label, li[data-alert]") ?? each).getBoundingClientRect(),
            name: each.outerHTML.slice(0, 90),
          }))
          .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
          .map(({ box, name }) => `${Math.round(box.width)}×${Math.round(box.height)} ${name}`),
      );
    expect(await tooSmall()).toEqual([]);
    await openAlert(page, "CPU above 90 percent");
    expect(await tooSmall()).toEqual([]);
    const answer = await page.getByRole("button", { name: "Acknowledge", exact: true }).boundingBox();
    expect(answer?.y).toBeGreaterThanOrEqual(844 - 160);
    expect(answer?.height).toBeGreaterThanOrEqual(56);
  });
});
