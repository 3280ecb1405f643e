import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";

/**
 * A real browser for the portal's tests: one a file, a fresh profile a test. Whatever a page complains about fails the
 * test that opened it: errors of the console, errors of scripts, violations of the content security policy. Without a
 * browser the tests are skipped with a plain reason; in CI a missing browser is a failure.
 */
export interface BrowserUse {
  /** A page in a profile of its own. `expected` are statuses of answers that the test provokes. */
  open(options?: OpenOptions): Promise<Page>;
}

export interface OpenOptions {
  size?: keyof typeof SIZES;
  theme?: "light" | "dark";
  /** Statuses of failed answers that belong to the story: browsers write each into the console. */
  expected?: readonly number[];
  reducedMotion?: boolean;
  /** The page of an attacker: what the browser refuses there it writes into the console, which is the point. */
  foreign?: boolean;
  /** The story takes the network away: each request that fails then is written into the console. */
  offline?: boolean;
}

export const SIZES = {
  phone: { width: 390, height: 844 },
  desk: { width: 1_280, height: 800 },
  narrow: { width: 320, height: 640 },
} as const;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Nothing of the portal takes longer on a busy machine. */
const WAIT_MS = 15_000;

interface Found {
  executablePath: string;
  args: string[];
  /** The npm package has a shell without a desktop: it shows no notifications. */
  isShell: boolean;
}

/** Installed browsers by their usual places; the variable wins. */
function installedBrowser(): string | undefined {
  const programs = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"].flatMap((name) => process.env[name] ?? []);
  const windows = programs.flatMap((folder) => [
    join(folder, "Google/Chrome/Application/chrome.exe"),
    join(folder, "Microsoft/Edge/Application/msedge.exe"),
  ]);
  const places = [
    process.env["CHROME_PATH"] ?? "",
    ...["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"].map(
      (name) => `/usr/bin/${name}`,
    ),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ...windows,
  ];
  return places.find((place) => place !== "" && existsSync(place));
}

/** The browser inside the npm package, for x64 Linux. */
async function packagedBrowser(): Promise<Found | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  const packaged = await import("@sparticuz/chromium").then((module) => module.default).catch(() => null);
  if (packaged === null) return null;
  // Its own arguments switch the same-origin policy off, which is what some of these tests look at.
  return { executablePath: await packaged.executablePath(), args: FLAGS, isShell: true };
}

async function findBrowser(): Promise<Found | null> {
  const executablePath = installedBrowser();
  return executablePath === undefined ? packagedBrowser() : { executablePath, args: FLAGS, isShell: false };
}

/** Starts it, or answers why there is none. */
async function launchBrowser(needsNotifications: boolean): Promise<Browser | string> {
  const found = await findBrowser();
  if (found === null) return "no Chrome, Chromium or Edge is installed, and the npm package has none for this system";
  if (needsNotifications && found.isShell)
    return "no Chrome, Chromium or Edge is installed, and the one of the npm package shows no notifications";
  return chromium.launch(found).catch((error: unknown) => {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    return `${found.executablePath} does not start: ${reason}`;
  });
}

/** The tests of one file with their browser. */
export async function describeInBrowser(
  title: string,
  define: (use: BrowserUse) => void,
  { needsNotifications = false }: { needsNotifications?: boolean } = {},
): Promise<void> {
  const browser = await launchBrowser(needsNotifications);
  if (typeof browser === "string") {
    describe(title, () => {
      test.skipIf(!process.env["CI"])(`needs a browser: ${browser}`, () => expect.fail("In CI there must be one."));
    });
    return;
  }
  describe(title, () => define(useBrowser(browser)));
}

function useBrowser(browser: Browser): BrowserUse {
  const opened: { page: Page; complaints: string[] }[] = [];
  afterEach(async () => {
    const complaints = opened.flatMap((each) => each.complaints);
    await Promise.all(opened.splice(0).map(({ page }) => page.context().close()));
    expect(complaints, "what the pages complained about").toEqual([]);
  });
  afterAll(() => browser.close());
  return {
    open: async (options = {}) => {
      const context = await browser.newContext(contextOptions(options));
      const complaints: string[] = [];
      // Also in frames and pages that the story opens later.
      if (!options.foreign) context.on("page", (page) => watch(page, complaints, options));
      await context.addInitScript(reportViolations);
      const page = await context.newPage();
      page.setDefaultTimeout(WAIT_MS);
      opened.push({ page, complaints });
      return page;
    },
  };
}

function contextOptions({ size = "desk", theme = "light", reducedMotion = false }: OpenOptions): BrowserContextOptions {
  const isTouch = size !== "desk";
  return {
    viewport: SIZES[size],
    colorScheme: theme,
    reducedMotion: reducedMotion ? "reduce" : "no-preference",
    hasTouch: isTouch,
    isMobile: isTouch,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
  };
}

const VIOLATION = "content security policy violation";

/** Runs in each document before its scripts. */
function reportViolations(): void {
  document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`content security policy violation: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  });
}

function watch(page: Page, complaints: string[], { expected = [], offline = false }: OpenOptions): void {
  const isExpected = (text: string) => {
    if (offline && /net::ERR_INTERNET_DISCONNECTED|net::ERR_NETWORK_CHANGED/.test(text)) return true;
    const status = /^Failed to load resource: the server responded with a status of (\d{3})/.exec(text)?.[1];
    return status !== undefined && expected.includes(Number(status));
  };
  page.on("console", (message) => {
    if (message.type() !== "error" && !message.text().startsWith(VIOLATION)) return;
    if (!isExpected(message.text())) complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
}
