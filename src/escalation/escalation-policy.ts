import { z } from "zod";

/**
 * An escalation policy in the interchange format (semantics.md 9). Minutes everywhere. Validation rules: 8.10.
 */
const target = z.string().regex(/^(user|schedule|team|channel):.{1,100}$/, "user:…, schedule:…, team:… or channel:…");
const minutes = z.number().int().min(0).max(527_040);

export const STEPS_MAX = 50;

export const escalationPolicy = z
  .strictObject({
    initialDelayMinutes: minutes.optional(),
    ackTimeoutMinutes: minutes.min(1).optional(),
    /** Further passes after the last step's delay; −1 = for ever. */
    repeat: z.number().int().min(-1).max(1_000).optional(),
    fallback: z.array(target).max(100).optional(),
    steps: z
      .array(
        z.strictObject({
          /** Wait after this step before the next. */
          delayMinutes: minutes,
          /** So many more firings of this step, each after the delay. */
          repeat: z.number().int().min(0).max(1_000).optional(),
          targets: z.array(target).max(100),
        }),
      )
      .min(1)
      .max(STEPS_MAX),
  })
  .superRefine((policy, context) => {
    policy.steps.forEach((step, index) => {
      if ((step.repeat ?? 0) > 0 && step.delayMinutes < 1) {
        context.addIssue({
          code: "custom",
          path: ["steps", index, "delayMinutes"],
          message: "To call again, wait at least 1 min.",
        });
      }
    });
    if ((policy.repeat ?? 0) !== 0 && !policy.steps.some((step) => step.delayMinutes >= 1)) {
      context.addIssue({ code: "custom", path: ["repeat"], message: "To repeat, a step must wait at least 1 min." });
    }
  });

export type EscalationPolicy = z.infer<typeof escalationPolicy>;
