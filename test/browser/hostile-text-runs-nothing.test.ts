import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser } from "../support/browser.ts";
import { pushBody } from "../support/push-body.ts";
import { startWatchbell, type Watchbell } from "../support/watchbell.ts";
import { expectNoSidewaysScroll, signIn } from "./portal-person.ts";

/** Each sets `globalThis.owned`, loads something, or would turn the reading direction, if it were more than text. */
const HOSTILE = [
  "<script>globalThis.owned=1</script>",
  `"><img src=x onerror="globalThis.owned=1">`,
  "<svg/onload=globalThis.owned=1>",
  "<iframe srcdoc='<script>parent.owned=1</script>'></iframe>",
  "<style>*{display:none}</style><link rel=stylesheet href=//attacker.example/x.css>",
  "javascript:globalThis.owned=1",
  "[click](javascript:globalThis.owned=1)",
  "https://user:pw@attacker.example/",
  "data:text/html,<script>globalThis.owned=1</script>",
  "{{constructor.constructor('globalThis.owned=1')()}} #{globalThis.owned=1} <%= globalThis.owned=1 %>",
  "gnp.\u202Etxt\u202C \u2066isolated\u2069 \u200F",
  "line\u2028separator\u0085and\u0007bell",
  `<base href="https://attacker.example/"><meta http-equiv=refresh content="0;url=https://attacker.example/">`,
];
const BIDI_CONTROLS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;

await describeInBrowser("text of strangers stays text (threats C1–C3, 7)", (browser) => {
  let watchbell: Watchbell;
  let ids: string[];

  const pushHostile = async (text: string, at: number) => {
    const evil = `${at} ${text}`;
    const { status, body } = await watchbell.push(
      pushBody({
        rule: evil,
        severity: "Sev1",
        description: `${evil} https://attacker.example/${encodeURIComponent(text)}`,
        essentials: { alertTargetIDs: [`/subscriptions/x/${evil}`], signalType: evil, monitoringService: evil },
        alertContext: {
          properties: { [evil]: evil },
          condition: { allOf: [{ metricName: evil, metricValue: 5, operator: evil }] },
        },
      }),
    );
    expect(status).toBe(202);
    return body.alertIds[0]!;
  };

  beforeAll(async () => {
    watchbell = await startWatchbell({ webhook: false });
    ids = await Promise.all([...HOSTILE, HOSTILE.join(" ").repeat(8), "x".repeat(10_000)].map(pushHostile));
    const dana = await watchbell.signInAs("Dana Weiss");
    for (const text of HOSTILE) {
      const answer = await dana(`/api/v1/alerts/${ids[0]}/comments`, { method: "POST", body: { text } });
      expect(answer.status).toBe(201);
    }
    await watchbell.store.db
      .updateTable("person")
      .set({ name: `Cem ${HOSTILE[1]} ${HOSTILE[10]}` })
      .where("name", "=", "Cem Yıldız")
      .execute();
    await watchbell.app.configuration.refresh();
  });
  afterAll(() => watchbell?.dispose());

  async function expectTextOnly(page: Page) {
    const found = await page.evaluate(() => ({
      owned: "owned" in globalThis,
      foreign: [...document.querySelectorAll("iframe, img, base, meta[http-equiv], object, embed")].map(
        (each) => each.outerHTML,
      ),
      scripts: [...document.scripts].filter((script) => !script.src.startsWith(location.origin)).length,
      links: [...document.links]
        .filter((link) => !["http:", "https:"].includes(link.protocol))
        .map((link) => link.href),
      credentials: [...document.links].filter((link) => link.username !== "" || link.password !== "").length,
      unsafeTargets: [...document.links].filter(
        (link) => link.target === "_blank" && !/noreferrer|noopener/.test(link.rel),
      ).length,
      text: document.body.textContent + document.title,
    }));
    expect({ ...found, text: "" }).toEqual({
      ...{ owned: false, foreign: [], scripts: 0, links: [], credentials: 0, unsafeTargets: 0, text: "" },
    });
    expect(found.text).not.toMatch(BIDI_CONTROLS);
  }

  test.each(["phone", "desk"] as const)("on a %s no page runs, loads or turns anything", async (size) => {
    const page = await browser.open({ expected: [401], size });
    const foreign: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(watchbell.url) && !request.url().startsWith(watchbell.sandbox.origins.plain))
        foreign.push(request.url());
    });
    await signIn(page, watchbell, "Dana Weiss");
    await page.locator("[data-alert]").nth(HOSTILE.length).waitFor();
    await expectTextOnly(page);
    await expectNoSidewaysScroll(page);
    for (const id of ids) {
      await page.goto(`${watchbell.url}/alerts/${id}`);
      await page.getByText("Raw payload").click();
      await page.getByRole("heading", { name: "Timeline" }).waitFor();
      await expectTextOnly(page);
      await expectNoSidewaysScroll(page);
    }
    for (const path of ["/health", "/me", "/alerts?tab=closed", `/alerts?q=${encodeURIComponent(HOSTILE[0]!)}`]) {
      await page.goto(watchbell.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expectTextOnly(page);
    }
    expect(foreign).toEqual([]);
  });

  test("what stands in an address is not shown as the portal's words", async () => {
    const page = await browser.open({ expected: [401, 404] });
    for (const path of ["/sign-in?problem=%3Cscript%3Eowned%3D1%3C/script%3E", "/sign-in?return=javascript:owned=1"]) {
      await page.goto(watchbell.url + path);
      const link = page.getByRole("link", { name: "Sign in with Microsoft" });
      expect(await link.getAttribute("href")).toBe("/auth/sign-in?return=%2Falerts");
      await expectTextOnly(page);
    }
  });

  test("a long text is cut, and shown whole on demand", async () => {
    const dana = await watchbell.signInAs("Dana Weiss");
    const text = `${"<b>".repeat(3_000)}the end`;
    await dana(`/api/v1/alerts/${ids[1]}/comments`, { method: "POST", body: { text } });
    const page = await browser.open({ expected: [401] });
    await signIn(page, watchbell, "Dana Weiss", `/alerts/${ids[1]}`);
    const talk = page.getByRole("region", { name: "Conversation" });
    await talk.getByText("<b><b>").waitFor();
    expect(await talk.getByText("the end").count()).toBe(0);
    await talk.getByRole("button", { name: "Show all" }).click();
    await talk.getByText("the end").waitFor();
    await expectNoSidewaysScroll(page);
  });
});
