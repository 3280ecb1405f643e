import type { SourceEvent } from "../../alert/event.ts";
import { parseBody } from "./payload-limits.ts";
import { readEvent } from "./read-event.ts";
import type { SeverityMap } from "./severity.ts";
import { toEvent } from "./to-event.ts";
import { unreadableEvent } from "./unreadable.ts";

/**
 * From the raw bytes of a push (or of a kept poll item) to an event. An authentic body that cannot be read becomes an
 * event of its own with the problem in words: nothing is lost (threats I1).
 */
export interface ReadOptions {
  via: SourceEvent["via"];
  /** Epoch milliseconds. */
  now: number;
  severityMap: SeverityMap;
}

export function readPush(body: Buffer, options: ReadOptions): { event: SourceEvent; problem: string | null } {
  const parsed = parseBody(body);
  if (!parsed.ok) return unreadable(body, options, parsed.detail);
  const event = options.via === "poll" ? readEvent(parsed.value, options.severityMap) : toEvent(parsed.value, options);
  if ("unreadable" in event) return unreadable(body, options, event.unreadable);
  if ("problem" in event) return unreadable(body, options, event.problem);
  return { event, problem: null };
}

const unreadable = (body: Buffer, { via }: ReadOptions, reason: string) => ({
  event: unreadableEvent(body, { via, reason }),
  problem: reason,
});
