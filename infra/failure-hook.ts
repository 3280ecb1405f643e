import { setTimeout as wait } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { adviceFor } from "./failure-advice.ts";
import { type Failure, replicationWaitSeconds } from "./replication.ts";

/**
 * One hook for every resource of a provider: waits for principals that are too new, and says what to do about refusals we
 * know. Needs a real engine; Pulumi's mocks cannot register hooks, so only index.ts asks for it.
 */
export function handleFailures(): void {
  const hook = new pulumi.ErrorHook("watchbell-failure", answerFailure);
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) =>
    /^(azure-native|azuread):/.test(type)
      ? { props, opts: pulumi.mergeOptions(opts as pulumi.CustomResourceOptions, { hooks: { onError: [hook] } }) }
      : undefined,
  );
}

/** True = try again. */
async function answerFailure(failure: Failure): Promise<boolean> {
  const seconds = replicationWaitSeconds(failure);
  if (seconds === undefined) {
    const advice = adviceFor(failure.errors[0] ?? "");
    // Waited for: the engine takes no more messages once it has this answer.
    if (advice !== undefined) await pulumi.log.warn(`What to do: ${advice}`);
    return false;
  }
  // Up to a quarter more, so that parallel resources do not ask in step.
  await wait(seconds * (1 + Math.random() / 4) * 1000);
  return true;
}
