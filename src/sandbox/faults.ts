import { setTimeout as delay } from "node:timers/promises";
import { armError } from "./arm-errors.ts";
import type { Fault, SandboxPart, SandboxRequest, SandboxResponse, World } from "./world.ts";

/** The next fault for an operation, counted as used; undefined when none is switched on. Names ignore case. */
export function takeFault(world: World, operation: string): Fault | undefined {
  const wanted = operation.toLowerCase();
  const index = world.faults.findIndex((fault) => fault.operation.toLowerCase() === wanted);
  const fault = world.faults[index];
  if (fault === undefined) return undefined;
  if (fault.timesLeft !== null) {
    fault.timesLeft -= 1;
    if (fault.timesLeft <= 0) world.faults.splice(index, 1);
  }
  return fault;
}

/** What became of a request: with `answerLost` the work was done and the connection breaks without an answer. */
export interface Outcome {
  response: SandboxResponse | undefined;
  answerLost: boolean;
}

/** Performs a part's operation under the fault that is switched on for it, if any. */
export async function performOperation(
  world: World,
  part: SandboxPart,
  operation: string,
  request: SandboxRequest,
): Promise<Outcome> {
  const fault = takeFault(world, operation);
  if (fault === undefined) return { response: await part.handle(request), answerLost: false };
  if (fault.afterMs > 0) await delay(fault.afterMs, undefined, { ref: false });
  switch (fault.fault) {
    case "slow":
      return { response: await part.handle(request), answerLost: false };
    case "lostAnswer":
      return { response: await part.handle(request), answerLost: true };
    case "duplicate":
      await part.handle(request);
      return { response: await part.handle(request), answerLost: false };
    default:
      return { response: await errorAnswer(part, fault, request), answerLost: false };
  }
}

/** A denial needs client, action and scope in its words: the part runs into it itself, as with a role missing. */
async function errorAnswer(
  part: SandboxPart,
  fault: Fault,
  request: SandboxRequest,
): Promise<SandboxResponse | undefined> {
  const own = part.faultAnswer?.(fault, request);
  if (own !== undefined) return own;
  if (fault.fault !== "403") return armFaultAnswer(fault);
  request.denied = true;
  return part.handle(request);
}

/** Retry-After as the fault asks for it, else no header. */
export function retryAfterHeader(fault: Fault): Record<string, string> {
  return fault.retryAfterSeconds === null ? {} : { "retry-after": String(fault.retryAfterSeconds) };
}

/** An error fault in ARM's envelope. */
function armFaultAnswer(fault: Fault): SandboxResponse {
  const answer = (status: number, code: string, message: string) => ({
    ...armError(status, code, message),
    headers: retryAfterHeader(fault),
  });
  switch (fault.fault) {
    case "429":
      return answer(429, "TooManyRequests", "The request is being throttled.");
    case "staleEtag":
      return answer(412, "PreconditionFailed", "The condition in the request's If-Match header is not met.");
    case "expiredSecret":
      return answer(401, "ExpiredAuthenticationToken", "The access token expiry UTC time is in the past.");
    default:
      return answer(503, "ServiceUnavailable", "The service is temporarily unavailable. Please retry later.");
  }
}
