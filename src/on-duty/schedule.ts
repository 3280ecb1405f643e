import { z } from "zod";

/**
 * Who is on duty, as a pure function of a schedule and an instant. This part of the interchange format is understood now:
 * one always-on layer whose first participant is on duty. Rotations, restrictions and overrides (semantics.md 2–7) extend
 * `onDutyAt`; its callers do not change.
 */
export const schedule = z.strictObject({
  timeZone: z.string().min(1),
  layers: z.array(z.strictObject({ participants: z.array(z.string()).max(1_000) })).max(100),
});
export type Schedule = z.infer<typeof schedule>;

/** The answer, and until when it holds (epoch milliseconds; null = until the schedule is changed). */
export interface OnDuty {
  people: string[];
  untilAt: number | null;
}

/** Who is on duty at `at` (epoch milliseconds). */
export function onDutyAt(definition: Schedule, _at: number): OnDuty {
  const people = definition.layers.flatMap((layer) => layer.participants.slice(0, 1));
  return { people: [...new Set(people)].sort(), untilAt: null };
}
