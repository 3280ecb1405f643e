import { setTimeout as wait } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/**
 * A principal that Entra has just created is not known everywhere for some minutes. The providers do not repeat those
 * answers, so an error hook does: only for the texts below, only when creating, with a bound.
 */
const REPLICATION_ANSWERS = [
  "PrincipalNotFound",
  "Not a valid reference update",
  "Resource '.*' does not exist or one of its queried reference-property objects are not present",
].map((text) => new RegExp(text, "i"));

/** Waits 5, 10, 20, 40, 60, 60, … seconds: about 5 minutes in all, as long as replication was seen to take. */
const ATTEMPTS_MAX = 8;
const FIRST_WAIT_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 60;

/** How long to wait before the next attempt, or undefined to give up. `errors` holds all failures so far, newest first. */
export function replicationWaitSeconds(failedOperation: string, errors: readonly string[]): number | undefined {
  const newest = errors[0];
  if (failedOperation !== "create" || newest === undefined || errors.length > ATTEMPTS_MAX) return undefined;
  if (!REPLICATION_ANSWERS.some((pattern) => pattern.test(newest))) return undefined;
  return Math.min(FIRST_WAIT_SECONDS * 2 ** (errors.length - 1), LONGEST_WAIT_SECONDS);
}

/** The hook for resources that name a new principal. Needs a real engine: Pulumi's mocks cannot register hooks. */
export function replicationHook(): pulumi.ErrorHook {
  return new pulumi.ErrorHook("wait-for-new-principal", async (failure) => {
    const seconds = replicationWaitSeconds(failure.failedOperation, failure.errors);
    if (seconds === undefined) return false;
    // Up to a quarter more, so that parallel resources do not ask in step.
    await wait(seconds * (1 + Math.random() / 4) * 1000);
    return true;
  });
}
