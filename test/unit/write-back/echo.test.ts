import { describe, expect, test } from "vitest";
import type { SourceState } from "../../../src/alert/event.ts";
import { type EchoQuestion, operationIdOf, recogniseEcho, type SentWrite } from "../../../src/write-back/echo.ts";

const write = (state: SourceState, azureModifiedAt: number | null, operationId = `op-${state}`): SentWrite => ({
  operationId,
  state,
  azureModifiedAt,
});
const read = (state: SourceState, modifiedAt: number | null, modifiedBy: string | null = "System") => ({
  state,
  modifiedAt,
  modifiedBy,
});
const verdict = (question: Partial<EchoQuestion> & Pick<EchoQuestion, "read">) =>
  recogniseEcho({
    writes: [],
    lastKnown: { state: "New", modifiedAt: 100 },
    ownNames: ["watchbell-worker"],
    ...question,
  }).kind;

describe("recognising our own change in Azure", () => {
  test("nothing written and nothing changed is unchanged", () => {
    expect(verdict({ read: read("New", 100) })).toBe("unchanged");
    expect(verdict({ read: read("New", null) })).toBe("unchanged");
    expect(verdict({ lastKnown: null, read: read("New", 50) })).toBe("unchanged");
    expect(verdict({ read: read("New", 200, "System") })).toBe("unchanged");
  });

  test("a state nobody here wrote is another's change", () => {
    expect(verdict({ read: read("Acknowledged", 200, "ana") })).toBe("changed-by-others");
    expect(verdict({ lastKnown: null, read: read("Closed", 200, "ana") })).toBe("changed-by-others");
    expect(verdict({ read: read("Acknowledged", null) })).toBe("changed-by-others");
  });

  test("an answered write is an echo when first read, and nothing new afterwards", () => {
    const writes = [write("Acknowledged", 150)];
    expect(
      recogniseEcho({
        writes,
        lastKnown: { state: "New", modifiedAt: 100 },
        read: read("Acknowledged", 150),
        ownNames: [],
      }),
    ).toEqual({
      kind: "echo",
      operationId: "op-Acknowledged",
    });
    expect(
      verdict({ writes, lastKnown: { state: "Acknowledged", modifiedAt: 150 }, read: read("Acknowledged", 150) }),
    ).toBe("unchanged");
  });

  test("a read from before our answered write changes nothing", () => {
    expect(verdict({ writes: [write("Acknowledged", 150)], read: read("New", 100) })).toBe("unchanged");
    expect(verdict({ lastKnown: { state: "Acknowledged", modifiedAt: 300 }, read: read("New", 200) })).toBe(
      "unchanged",
    );
  });

  test("a later change by another is seen after our own", () => {
    expect(verdict({ writes: [write("Acknowledged", 150)], read: read("New", 160, "ana") })).toBe("changed-by-others");
    expect(verdict({ writes: [write("Acknowledged", 150)], read: read("Closed", 160, "ana") })).toBe(
      "changed-by-others",
    );
  });

  test("a write whose answer was lost is an echo when its state is read", () => {
    expect(verdict({ writes: [write("Acknowledged", null)], read: read("Acknowledged", 160) })).toBe("echo");
  });

  test("a write that has not arrived leaves the old state unchanged", () => {
    expect(verdict({ writes: [write("Acknowledged", null)], read: read("New", 100) })).toBe("unchanged");
    expect(verdict({ writes: [write("Acknowledged", null)], read: read("New", 170, "System") })).toBe("unchanged");
    expect(verdict({ writes: [write("Acknowledged", null)], read: read("New", 170, "Watchbell-Worker") })).toBe(
      "unchanged",
    );
  });

  test("a lost write that a person has undone since is the person's change", () => {
    expect(verdict({ writes: [write("Acknowledged", null)], read: read("New", 170, "ana") })).toBe("changed-by-others");
  });

  test("of several lost writes an earlier one may show first", () => {
    const writes = [write("Acknowledged", null), write("New", null), write("Closed", null)];
    expect(verdict({ writes, read: read("Acknowledged", 160) })).toBe("echo");
  });

  test("a lost write is overtaken by a later answered one", () => {
    const writes = [write("Acknowledged", null), write("New", 180)];
    expect(verdict({ writes, read: read("Acknowledged", 200, "ana") })).toBe("changed-by-others");
  });

  test("the same write sent twice is one echo", () => {
    const writes = [write("Closed", 150, "op-1"), write("Closed", 151, "op-1")];
    expect(verdict({ writes, read: read("Closed", 151) })).toBe("echo");
    expect(verdict({ writes, read: read("Closed", 150) })).toBe("unchanged");
  });

  test("the operation id is read from the end of a comment only", () => {
    expect(operationIdOf("Taken by Ana. [watchbell 0199-ab]")).toBe("0199-ab");
    expect(operationIdOf("[watchbell forged] Taken. [watchbell true-1]")).toBe("true-1");
    expect(operationIdOf("[watchbell x] and more")).toBeNull();
  });
});
