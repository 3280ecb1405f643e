import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser } from "../support/browser.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { signIn } from "./portal-person.ts";

/** A page of somebody else on another port. Cookies do not know ports, so the browser sends the session along. */
async function startForeignSite(): Promise<{ origin: string; server: Server }> {
  const server = createServer((_request, answer) => {
    answer.writeHead(200, { "content-type": "text/html" });
    answer.end("<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

await describeInBrowser("another origin gets nothing (threats B2, B3)", (browser) => {
  let watchbell: Watchbell;
  let site: Awaited<ReturnType<typeof startForeignSite>>;
  beforeAll(async () => {
    [watchbell, site] = await Promise.all([startWatchbell({ webhook: false }), startForeignSite()]);
  });
  afterAll(async () => {
    site?.server.close();
    await watchbell?.dispose();
  });

  async function openForeignSite() {
    const page = await browser.open({ foreign: true });
    await signIn(page, watchbell, "Ana Ribeiro");
    await page.goto(site.origin);
    return page;
  }

  test("its script can neither read the API nor change anything with the person's cookie", async () => {
    const alertId = await watchbell.fire({ rule: "Not for others" });
    const { id } = await watchbell.alertOf(alertId);
    const page = await openForeignSite();
    const outcomes = await page.evaluate(
      async ([portal, alert]) => {
        const attempt = (path: string, init: RequestInit) =>
          fetch(portal + path, { credentials: "include", ...init }).then(
            async (answer) => `${answer.type} ${answer.status} ${(await answer.text()).slice(0, 40)}`,
            () => "refused by the browser",
          );
        const path = `/api/v1/alerts/${alert}/acknowledge`;
        return Promise.all([
          attempt("/api/v1/alerts", {}),
          attempt(path, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }),
          attempt(path, { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body: "{}" }),
        ]);
      },
      [watchbell.url, id] as const,
    );
    expect(outcomes.slice(0, 2)).toEqual(["refused by the browser", "refused by the browser"]);
    expect(outcomes[2]).not.toContain("2");
    expect((await watchbell.detail(id)).state).toBe("open");
  });

  test("its form changes nothing", async () => {
    const alertId = await watchbell.fire({ rule: "Not by a form" });
    const { id } = await watchbell.alertOf(alertId);
    const page = await openForeignSite();
    const posted = page.waitForResponse((answer) => answer.request().method() === "POST");
    await page.evaluate(
      ([portal, alert]) => {
        const form = document.createElement("form");
        form.method = "post";
        form.enctype = "text/plain";
        form.action = `${portal}/api/v1/alerts/${alert}/acknowledge`;
        const field = document.createElement("input");
        field.name = '{"comment":"';
        field.value = '"}';
        form.append(field);
        document.body.append(form);
        form.submit();
      },
      [watchbell.url, id] as const,
    );
    expect([403, 415]).toContain((await posted).status());
    expect((await watchbell.detail(id)).state).toBe("open");
  });

  test("the portal does not show itself in a frame", async () => {
    const page = await openForeignSite();
    await page.evaluate((portal) => {
      const frame = document.createElement("iframe");
      frame.src = `${portal}/alerts`;
      document.body.append(frame);
      return new Promise((resolve) => frame.addEventListener("load", resolve));
    }, watchbell.url);
    const [frame] = page.frames().filter((each) => each !== page.mainFrame());
    expect(await frame?.getByRole("heading", { name: "Alerts" }).count()).toBe(0);
    expect(frame?.url()).toMatch(/^chrome-error:/);
  });

  test("after signing in nobody is sent to another site (threats B1)", async () => {
    for (const wanted of [
      "https://attacker.example/",
      "//attacker.example/",
      "/\\attacker.example",
      "javascript:alert(1)",
    ]) {
      const page = await browser.open({ expected: [401] });
      await page.goto(`${watchbell.url}/auth/sign-in?return=${encodeURIComponent(wanted)}`);
      const person = page.getByRole("button", { name: "Ana Ribeiro" });
      // A refusal at once is as good as a safe way back.
      if ((await person.count()) > 0) await person.click();
      await page.waitForLoadState();
      expect(new URL(page.url()).origin).toBe(watchbell.url);
    }
  });
});
