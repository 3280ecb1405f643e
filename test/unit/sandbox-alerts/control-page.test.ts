import { expect, test } from "vitest";
import { createAlertsUnderTest } from "./fake-core.ts";

test("the control page shows what is untrusted as text", async () => {
  const { fire, get, world } = createAlertsUnderTest();
  await fire({ rule: `<script>alert("x")</script>\u202e`, description: "<b>" });
  world.faults.push({ operation: "<i>", fault: "429", timesLeft: null, afterMs: 0, retryAfterSeconds: null });
  const page = String((await get("/")).json);
  expect(page).not.toContain("<script>alert");
  expect(page).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;\ufffd");
  expect(page).not.toContain("<i>");
});

test("the control page allows nothing from elsewhere and nothing inline", async () => {
  const { fire, get } = createAlertsUnderTest();
  await fire();
  const { headers, json } = await get("/");
  expect(headers!["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
  expect(String(json)).not.toMatch(/ on[a-z]+=| style=|<style|https?:\/\/(?!localhost)/);
  for (const [path, type] of [
    ["/sandbox/page.css", "text/css"],
    ["/sandbox/page.js", "text/javascript"],
  ] as const) {
    expect((await get(path)).headers!["content-type"]).toContain(type);
  }
});

test("every field of the control page has a label, and every button a name", async () => {
  const { fire, get } = createAlertsUnderTest();
  await fire();
  const page = String((await get("/")).json);
  const fields = page.match(/<(input|select)\b/g)!.length;
  const labels = page.match(/<label\b/g)!.length;
  expect(labels).toBe(fields);
  expect(page).toContain('aria-label="Resolve the condition of cpu"');
});

test("the control page offers what can be done with an alert, and no more", async () => {
  const { fire, get, post } = createAlertsUnderTest();
  const guid = (await fire()).split("/").at(-1)!;
  expect(String((await get("/")).json)).toContain(`id="resolve-${guid}"`);
  await post(`/sandbox/alerts/${guid}/resolve`);
  await post(`/sandbox/alerts/${guid}/state`, { state: "Closed" });
  const page = String((await get("/")).json);
  expect(page).not.toContain(`id="resolve-${guid}"`);
  expect(page).not.toContain(`id="state-Closed-${guid}"`);
  expect(page).toContain(`id="state-New-${guid}"`);
});
