import { createHash } from "node:crypto";
import type { SourceEvent } from "../../alert/event.ts";
import { visibleText } from "../../alert/text.ts";
import { SEVERITY_WHEN_UNKNOWN } from "./severity.ts";

/** How much of a body that nobody can read is shown beside the alert; the whole is among the raw events. */
const EXCERPT_CHARS_MAX = 500;

/**
 * The alert for an authentic body that could not be read (threats I1): never lost, told to the person on duty. The same
 * bytes are the same alert. `reason` is `parseBody`'s detail or `toEvent`'s reason. Without a fired time no grace period
 * holds it back.
 */
export function unreadableEvent(raw: Buffer, options: { via: SourceEvent["via"]; reason: string }): SourceEvent {
  const nativeId = `unreadable:${createHash("sha256").update(raw).digest("hex")}`;
  const excerpt = visibleText(raw.toString("utf8", 0, EXCERPT_CHARS_MAX * 4), EXCERPT_CHARS_MAX, { lines: true });
  const facts = [
    { name: "Reason", value: visibleText(options.reason, EXCERPT_CHARS_MAX) },
    { name: "Size in bytes", value: String(raw.length) },
    ...(excerpt === "" ? [] : [{ name: "Beginning", value: excerpt }]),
  ];
  return {
    sourceKind: "azure-monitor",
    via: options.via,
    nativeId,
    alertId: nativeId,
    rule: null,
    title: "An event of Azure Monitor could not be read",
    description: visibleText(options.reason, EXCERPT_CHARS_MAX),
    severity: SEVERITY_WHEN_UNKNOWN,
    sourceSeverity: null,
    resourceIds: [],
    condition: "unknown",
    firedAt: null,
    resolvedAt: null,
    signalType: null,
    monitoringService: null,
    schema: "unknown",
    sourceState: null,
    suppressed: false,
    modifiedAt: null,
    modifiedBy: null,
    facts: [{ title: "Unreadable event", facts }],
    advice: ["An administrator finds the whole body among the raw events. Check what posts to this source."],
    payload: null,
  };
}
