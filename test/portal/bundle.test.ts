import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Budget of the design, section 9, in bytes after gzip. */
const SCRIPT_BYTES_MAX = 60_000;
const STYLE_BYTES_MAX = 12_000;

describe("bundle of the portal", () => {
  const folder = mkdtempSync(join(tmpdir(), "watchbell-portal-"));
  const read = (path: string) => readFileSync(join(folder, path), "utf8");
  const assets = (extension: string) => readdirSync(join(folder, "assets")).filter((file) => file.endsWith(extension));
  const gzipBytes = (extension: string) =>
    assets(extension).reduce((sum, file) => sum + gzipSync(read(`assets/${file}`)).length, 0);

  beforeAll(async () => {
    await build({
      configFile: "src/portal/vite.config.ts",
      logLevel: "silent",
      build: { outDir: folder, emptyOutDir: true },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("holds no zod: validation stays on the server", () => {
    for (const file of assets(".js")) expect(read(`assets/${file}`)).not.toMatch(/\bZod[A-Z]|_zod\b/);
  });

  it("keeps to the budget", () => {
    expect(gzipBytes(".js")).toBeLessThanOrEqual(SCRIPT_BYTES_MAX);
    expect(gzipBytes(".css")).toBeLessThanOrEqual(STYLE_BYTES_MAX);
  });

  it("has no inline script or style in the page (threats B3)", () => {
    const page = read("index.html");
    expect(page.match(/<script(?![^>]*\ssrc=)/g)).toBeNull();
    expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  });

  it("asks nothing of other sites", () => {
    const addresses = [...read("index.html").matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
    expect(addresses.filter((address) => !address?.startsWith("/"))).toEqual([]);
  });

  it("makes a service worker in one file that knows the shell", () => {
    const worker = read("sw.js");
    expect(worker).not.toMatch(/\bimport\b|\bexport\b/);
    for (const file of [...assets(".js"), ...assets(".css"), ...assets(".svg")])
      expect(worker).toContain(`/assets/${file}`);
  });

  it("draws the icons that the manifest names", () => {
    const icons: { src: string }[] = JSON.parse(read("manifest.webmanifest")).icons;
    for (const { src } of icons) expect(readFileSync(join(folder, src)).length).toBeGreaterThan(100);
  });

  it("keeps the licence of the icons in the sprite", () => {
    const [sprite = ""] = assets(".svg");
    expect(read(`assets/${sprite}`)).toMatch(/ISC License/);
  });
});
