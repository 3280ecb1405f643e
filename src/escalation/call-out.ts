import type { PersonRef } from "../alert/alert.ts";
import type { TimelineKind } from "../alert/timeline.ts";
import type { EscalationPolicy } from "./escalation-policy.ts";
import type { EscalationPosition, Firing } from "./next-step.ts";

/**
 * From firings to messages: whom each due step calls, on which of their contacts, and the sentences that say so. Pure:
 * people and contacts come in by ports. Not calling somebody is a decision with a reason, too.
 */
export interface CallOutPorts {
  person(personId: string): PersonRef;
  contacts(personId: string): readonly { id: string; channel: string }[];
  nextId(): string;
}

export interface CallOut {
  id: string;
  personId: string;
  contactId: string;
  channel: string;
  reason: string;
  /** null = the fallback. */
  step: number | null;
  pass: number;
  /** When the step is over: a message that comes later has lost its sense. Epoch milliseconds. */
  expiresAt: number | null;
}

export interface CallOutEntry {
  kind: TimelineKind;
  text: string;
  data: Record<string, unknown>;
}

export interface CallOutPlan {
  callOuts: CallOut[];
  entries: CallOutEntry[];
  /** Whom the firings mean, with or without a way to reach them; each once. */
  people: string[];
}

export interface CallOutContext {
  teamName: string;
  policyName: string;
  policy: EscalationPolicy;
  position: EscalationPosition;
}

/** Plans all firings of one alert whose escalation was due; none = the last step's wait is over. */
export function planCallOuts(firings: readonly Firing[], context: CallOutContext, ports: CallOutPorts): CallOutPlan {
  const plan: CallOutPlan = {
    callOuts: [],
    entries: [],
    people: [...new Set(firings.flatMap((firing) => firing.people))],
  };
  // What fires now, also late or several steps at once, keeps its sense until somebody is called again.
  const expiresAt = context.position.dueAt;
  for (const firing of firings) planFiring(firing, expiresAt, context, ports, plan);
  if (context.position.dueAt === null) plan.entries.push(ended(firings, context));
  return plan;
}

function planFiring(
  firing: Firing,
  expiresAt: number | null,
  context: CallOutContext,
  ports: CallOutPorts,
  plan: CallOutPlan,
): void {
  const step = firing.step === "fallback" ? null : firing.step;
  const where = step === null ? "fallback" : `step ${step} of ${context.policy.steps.length}`;
  if (firing.people.length === 0) {
    plan.entries.push({
      kind: "called-nobody",
      text: nobodyText(step, where),
      data: { pass: firing.pass, step: firing.step },
    });
    return;
  }
  const how = step === null ? `fallback of ${context.policyName}` : targetWords(context, step);
  const reason = `${how}, ${where}`;
  for (const personId of firing.people) {
    const contacts = ports.contacts(personId);
    const person = ports.person(personId);
    for (const contact of contacts) {
      plan.callOuts.push({
        id: ports.nextId(),
        personId,
        contactId: contact.id,
        channel: contact.channel,
        reason,
        step,
        pass: firing.pass,
        expiresAt,
      });
    }
    plan.entries.push(calledEntry(person, contacts, reason, firing));
  }
}

const nobodyText = (step: number | null, where: string) =>
  step === null
    ? "Nobody could be called: no step reaches anybody and there is no fallback."
    : `Nobody to call in ${where}: it is passed over.`;

function calledEntry(
  person: PersonRef,
  contacts: readonly { channel: string }[],
  reason: string,
  firing: Firing,
): CallOutEntry {
  const data = { person, pass: firing.pass, step: firing.step, channels: contacts.map((contact) => contact.channel) };
  if (contacts.length === 0) {
    return {
      kind: "called-nobody",
      text: `${person.name} should be called (${reason}), but has no device or channel set up.`,
      data,
    };
  }
  return { kind: "called-out", text: `${person.name} is called: ${reason}.`, data };
}

/** Why these people: in words, from the step's targets. */
function targetWords(context: CallOutContext, step: number): string {
  const targets = context.policy.steps[step - 1]?.targets ?? [];
  const kinds = new Set(targets.map((target) => target.slice(0, target.indexOf(":"))));
  if (kinds.has("schedule") && kinds.size === 1) return `on duty in ${context.teamName}`;
  if (kinds.has("team") && kinds.size === 1) return `member of ${context.teamName}`;
  return `named by ${context.policyName}`;
}

function ended(firings: readonly Firing[], context: CallOutContext): CallOutEntry {
  const reached = context.position.notified || firings.some((firing) => firing.people.length > 0);
  const text = reached ? "Everybody was called. Nobody is called again by itself." : "Nobody is left to call.";
  return { kind: "escalation-ended", text, data: { policy: context.policyName, pass: context.position.pass } };
}
