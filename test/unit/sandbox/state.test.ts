import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createSandbox, type Sandbox } from "../../../src/sandbox/sandbox.ts";
import { createStateFolder } from "../../../src/sandbox/state-folder.ts";

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "watchbell-state-"));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const start = (folder: string, port = 0): Promise<Sandbox> =>
  createSandbox({
    folder,
    port,
    now: () => Date.now(),
    parts: () => [],
    reportError: (error) => expect.fail(String(error)),
  });

describe("what the sandbox remembers", () => {
  test("a second start in the same folder goes on with tenant, people, keys, grants and resources", async () => {
    const folder = newFolder();
    const first = await start(folder);
    const grant = { principalObjectId: "p", resourceObjectId: "r", appRoleId: "a" };
    first.world.directory.grants.push(grant);
    first.world.resources.put({ id: "/A/b", type: "t", apiVersion: "v", body: { id: "/A/b" } });
    const token = await first.core.issueToken({
      clientId: first.world.directory.servicePrincipals[0]?.clientId ?? "",
      resource: "https://management.azure.com",
    });
    await first.close();

    const second = await start(folder);
    expect(second.world.subscriptionId).toBe(first.world.subscriptionId);
    expect(second.world.directory).toEqual({ ...first.world.directory, grants: [grant] });
    expect(second.world.resources.get("/a/B")?.body).toEqual({ id: "/A/b" });
    const headers = { authorization: `Bearer ${token}` };
    const request = {
      method: "GET",
      url: new URL(second.origins.secure),
      headers,
      body: Buffer.alloc(0),
      secure: true,
    };
    expect((await second.core.authenticate(request, "arm")).principal?.displayName).toBe("Azns AAD Webhook");
    await second.close();
  });

  test("files hold secrets and are for their owner alone; the authority's key is in none (F6)", async () => {
    const folder = newFolder();
    const sandbox = await start(folder);
    await sandbox.close();
    const state = join(folder, "state");
    expect(statSync(state).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(state)) expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
    const texts = [sandbox.caFile, ...readdirSync(state).map((name) => join(state, name))].map((path) =>
      readFileSync(path, "utf8"),
    );
    expect(texts.join("")).not.toContain("PRIVATE KEY");
  });

  test("a damaged file stops the start and is named", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "directory.json"), "{");
    expect(() => createStateFolder(folder).load("directory")).toThrow(/directory\.json is damaged/);
  });

  test("the last of many changes is what is written", async () => {
    const state = createStateFolder(newFolder());
    const values = [1];
    state.save("values", () => values);
    values.push(2);
    state.save("values", () => values);
    await state.flush();
    expect(state.load("values")).toEqual([1, 2]);
    expect(state.load("other")).toBeUndefined();
  });
});

describe("ports", () => {
  test("a taken port gives way to the next free one", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as { port: number };
    const sandbox = await start(newFolder(), port);
    expect(Number(new URL(sandbox.origins.secure).port)).toBeGreaterThan(port);
    await sandbox.close();
    await new Promise((resolve) => blocker.close(resolve));
  });
});
