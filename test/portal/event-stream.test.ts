import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStreamReader } from "../../src/portal/event-stream.ts";

const STREAM =
  'retry: 2000\n\n: heartbeat\n\nevent: alert\nid: 7\ndata: {"id":"a1"}\n\nid: 8\r\ndata: one\r\ndata: two\r\n\r\n';
const SIGNALS = [
  { kind: "retry", retryMs: 2_000 },
  { kind: "heartbeat" },
  { kind: "event", event: "alert", id: "7", data: '{"id":"a1"}' },
  { kind: "event", event: "message", id: "8", data: "one\ntwo" },
];

describe("reader of the event stream", () => {
  it("reads events, heartbeats and the retry hint", () => {
    expect(createStreamReader()(STREAM)).toEqual(SIGNALS);
  });

  it("gives the same for every cut of the text", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: STREAM.length }), { maxLength: 12 }), (cuts) => {
        const read = createStreamReader();
        const bounds = [0, ...cuts.toSorted((a, b) => a - b), STREAM.length];
        const pieces = bounds.slice(1).map((end, at) => STREAM.slice(bounds[at], end));
        expect(pieces.flatMap(read)).toEqual(SIGNALS);
      }),
      { seed: 3 },
    );
  });

  it("keeps the last id for events that bring none", () => {
    const read = createStreamReader();
    expect(read("id: 3\ndata: a\n\ndata: b\n\n").map((signal) => signal.kind === "event" && signal.id)).toEqual([
      "3",
      "3",
    ]);
  });

  it("gives up on a line without end instead of filling the memory", () => {
    expect(() => createStreamReader()("x".repeat(1_000_001))).toThrow(/without end/);
  });
});
