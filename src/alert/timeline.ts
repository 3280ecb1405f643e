/**
 * The append-only timeline: why was I woken, why was I not. Kinds are a closed list; each belongs to one filter of the
 * alert page. Texts are sentences for people; `data` holds the facts for programs.
 */
export const TIMELINE_GROUPS = {
  received: "azure",
  "received-again": "azure",
  unreadable: "azure",
  resolved: "azure",
  "resolve-unconfirmed": "azure",
  "azure-changed": "azure",
  "azure-written": "azure",
  "azure-refused": "azure",
  "azure-gone": "azure",
  "azure-not-asked": "azure",
  "severity-changed": "azure",
  held: "decisions",
  "not-held": "decisions",
  policy: "decisions",
  "called-out": "notifications",
  "called-nobody": "notifications",
  "escalation-ended": "decisions",
  delivered: "notifications",
  failed: "notifications",
  cancelled: "notifications",
  "re-alerted": "notifications",
  acknowledged: "people",
  taken: "people",
  unacknowledged: "people",
  closed: "people",
  reopened: "people",
  snoozed: "people",
  escalated: "people",
  "opened-again": "decisions",
  comment: "people",
} as const;

export type TimelineKind = keyof typeof TIMELINE_GROUPS;
export type TimelineGroup = "people" | "notifications" | "azure" | "decisions";

/** An entry to append. `actorId` is a person of ours; null = the system or somebody in Azure (then named in the text). */
export interface NewTimelineEntry {
  teamId: string;
  alertId: string;
  kind: TimelineKind;
  actorId: string | null;
  text: string;
  data?: Record<string, unknown>;
}
