import { expect, test } from "vitest";
import type { Channel } from "../../../src/channels/channel.ts";
import { createChannelRegistry } from "../../../src/channels/registry.ts";

const webhook: Channel = { kind: "webhook", send: async () => ({ kind: "delivered", status: 200 }) };

test("A channel is found by its kind, and another kind is not there.", () => {
  const registry = createChannelRegistry([webhook]);
  expect(registry.get("webhook")).toBe(webhook);
  expect(registry.get("web-push")).toBeUndefined();
  expect(registry.get("constructor")).toBeUndefined();
});

test("Two channels of one kind are refused.", () => {
  expect(() => createChannelRegistry([webhook, { ...webhook }])).toThrow("two channels are called webhook");
});
