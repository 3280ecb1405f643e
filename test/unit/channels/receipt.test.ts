import { describe, expect, it } from "vitest";
import { createReceipts } from "../../../src/channels/receipt.ts";

const message = { teamId: "01890000-0000-7000-8000-000000000001", id: "01890000-0000-7000-8000-00000000abcd" };

describe("receipt tokens", () => {
  it("name the message that they were made for", () => {
    const receipts = createReceipts(Buffer.alloc(32, 1));
    expect(receipts.read(receipts.create(message))).toEqual(message);
  });

  it("of another installation, cut or changed ones name nothing", () => {
    const token = createReceipts(Buffer.alloc(32, 1)).create(message);
    expect(createReceipts(Buffer.alloc(32, 2)).read(token)).toBeUndefined();
    const receipts = createReceipts(Buffer.alloc(32, 1));
    expect(receipts.read(token.slice(0, -4))).toBeUndefined();
    expect(receipts.read(`B${token.slice(1)}`)).toBeUndefined();
    expect(receipts.read("")).toBeUndefined();
  });
});
