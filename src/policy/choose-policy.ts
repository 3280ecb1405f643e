import type { SourceEvent } from "../alert/event.ts";

/**
 * Which escalation policy an event gets, as a pure function. One team has one default policy now; ordered rules with
 * conditions come before the default and answer the same shape.
 */
export interface PolicyChoice<Policy> {
  policy: Policy;
  /** Sentence for the timeline. */
  reason: string;
}

/** What comes in is the event and the team's configuration; what goes out always names a policy (threats P4). */
export function choosePolicy<Policy extends { name: string }>(
  event: Pick<SourceEvent, "severity" | "sourceSeverity">,
  team: { name: string; policy: Policy },
): PolicyChoice<Policy> {
  const severity = event.sourceSeverity ?? event.severity;
  return {
    policy: team.policy,
    reason: `${severity} for ${team.name}: policy “${team.policy.name}” (the team's default).`,
  };
}
