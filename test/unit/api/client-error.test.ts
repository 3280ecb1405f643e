import { type AddressInfo, connect } from "node:net";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer } from "../../../src/api/server.ts";

const server = createServer({ log: pino({ level: "silent" }), trustProxyHops: 0 });
let port = 0;

beforeAll(async () => {
  await server.listen({ host: "127.0.0.1", port: 0 });
  port = (server.server.address() as AddressInfo).port;
});
afterAll(() => server.close());

/** Sends bytes as they are; answers what came back until the server closed. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}

test("headers over the limit are answered 431 as a problem that names the limit", async () => {
  const answer = await exchange(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(20_000)}\r\n\r\n`);
  expect(answer).toContain("HTTP/1.1 431 ");
  expect(answer).toContain("application/problem+json");
  expect(JSON.parse(answer.split("\r\n\r\n")[1]!)).toMatchObject({ code: "headers-too-large", status: 431 });
});

test("what is no HTTP is answered 400 and closed", async () => {
  const answer = await exchange("good evening\r\n\r\n");
  expect(answer).toContain("HTTP/1.1 400 ");
  expect(JSON.parse(answer.split("\r\n\r\n")[1]!)).toMatchObject({ code: "bad-request" });
});
