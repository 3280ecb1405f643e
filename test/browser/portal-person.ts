import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Watchbell } from "../support/watchbell.ts";

/** Signs a person in as people do: the portal's button, Entra's page, the choice, back to where one wanted to go. */
export async function signIn(
  page: Page,
  { url }: Pick<Watchbell, "url">,
  name: string,
  path = "/alerts",
): Promise<void> {
  await page.goto(url + path);
  await page.getByRole("link", { name: "Sign in with Microsoft" }).click();
  await page.getByRole("button", { name }).click();
  await page.waitForURL(url + path);
  await page
    .getByRole("navigation", { name: "Main" })
    .or(page.getByRole("region", { name: "Answers" }))
    .waitFor();
}

/** The row, or the card, of one alert in the inbox. */
export const rowOf = (page: Page, title: string) => page.locator("[data-alert]").filter({ hasText: title });

/** Opens an alert from the inbox. */
export async function openAlert(page: Page, title: string): Promise<void> {
  await rowOf(page, title).locator("a[data-open]").click();
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
}

/** Waits until the page's stream is open. */
export const isLive = (page: Page) => page.getByText("live", { exact: true }).waitFor();

/** Nothing of the page is wider than the page: whatever sticks out is named. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const outside = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const sticksOut = (each: Element) => each.getBoundingClientRect().right > clientWidth + 1;
    return [...document.body.querySelectorAll("*")]
      .filter((each) => sticksOut(each) && ![...each.children].some(sticksOut))
      .map((each) => `${each.tagName}.${each.className}: ${(each.textContent ?? "").slice(0, 60)}`);
  });
  expect(outside, `wider than the screen at ${page.url()}`).toEqual([]);
}
