import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeServerCertificate } from "../../../src/sandbox/certificate.ts";

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), "watchbell-certificate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the server's certificate names localhost and 127.0.0.1, is signed by the authority in the file, and is short-lived (F6)", async () => {
  const now = Date.UTC(2026, 7, 1);
  const made = await makeServerCertificate(folder, now);
  const server = new X509Certificate(made.certificate);
  const authority = new X509Certificate(readFileSync(made.caFile, "utf8"));
  expect(server.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  expect(server.verify(authority.publicKey)).toBe(true);
  expect([server.ca, authority.ca]).toEqual([false, true]);
  expect(Date.parse(server.validFrom)).toBeLessThanOrEqual(now);
  expect(Date.parse(server.validTo)).toBe(now + 30 * DAY_MS);
  expect(made.key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
});
