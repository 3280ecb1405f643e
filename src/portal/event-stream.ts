/**
 * Reads the text of a server-sent event stream (WHATWG HTML, section 9.2.6). Written by hand because the browser's
 * EventSource hides comments, and the heartbeat is one: without it a dead connection looks like a quiet night.
 */
export interface StreamEvent {
  kind: "event";
  event: string;
  id: string | null;
  data: string;
}
export type StreamSignal = StreamEvent | { kind: "heartbeat" } | { kind: "retry"; retryMs: number };

/** A line longer than this is no alert of ours; the reader gives up instead of filling the memory. */
const BUFFER_CHARACTERS_MAX = 1_000_000;

/** A reader that takes pieces of text in any cut and answers what became complete. */
export function createStreamReader(): (piece: string) => StreamSignal[] {
  let buffer = "";
  let event = "";
  let data: string[] = [];
  let id: string | null = null;

  const endBlock = (): StreamSignal[] => {
    const complete: StreamSignal[] =
      data.length === 0 ? [] : [{ kind: "event", event: event || "message", id, data: data.join("\n") }];
    event = "";
    data = [];
    return complete;
  };
  const takeField = (name: string, value: string): StreamSignal[] => {
    if (name === "event") event = value;
    if (name === "data") data.push(value);
    if (name === "id" && !value.includes("\0")) id = value;
    if (name === "retry" && /^\d+$/.test(value)) return [{ kind: "retry", retryMs: Number(value) }];
    return [];
  };
  const takeLine = (line: string): StreamSignal[] => {
    if (line === "") return endBlock();
    if (line.startsWith(":")) return [{ kind: "heartbeat" }];
    const colon = line.indexOf(":");
    if (colon < 0) return takeField(line, "");
    return takeField(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ""));
  };
  return (piece) => {
    buffer += piece;
    if (buffer.length > BUFFER_CHARACTERS_MAX) throw new Error("The event stream sends a line without end");
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop() ?? "";
    return lines.flatMap(takeLine);
  };
}
