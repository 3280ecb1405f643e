import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestStore, type TestStore } from "../support/test-store.ts";

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

describe("the timeline (threats D3)", () => {
  it("takes new entries and refuses to change or delete them", async () => {
    const entry = { team_id: randomUUID(), alert_id: randomUUID(), id: randomUUID() };
    await store.db
      .insertInto("timeline")
      .values({ ...entry, at: new Date(0), kind: "received", actor_id: null, text: "x", data: "{}" })
      .execute();
    await expect(store.db.updateTable("timeline").set({ text: "y" }).execute()).rejects.toThrow("append-only");
    await expect(store.db.deleteFrom("timeline").execute()).rejects.toThrow("append-only");
  });
});
