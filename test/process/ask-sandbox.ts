import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { StartReport } from "./start-process.ts";

/** One request to the simulated Azure over TLS, trusting nothing but `caFile`. `host` replaces the name in the address. */
export function askSandbox(
  is: Pick<StartReport, "sandbox" | "caFile">,
  { method = "GET", path, body, host }: { method?: string; path: string; body?: unknown; host?: string },
): Promise<{ status: number; body: unknown }> {
  const url = new URL(path, is.sandbox);
  if (host !== undefined) url.hostname = host;
  const options = { method, ca: readFileSync(is.caFile), headers: { "content-type": "application/json" } };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: answer.statusCode ?? 0, body: text === "" ? null : JSON.parse(text) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
