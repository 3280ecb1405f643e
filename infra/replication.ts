/**
 * A principal that Entra has just created is not known everywhere for some minutes. The providers do not repeat those
 * answers, so an error hook does: only for the texts below, only when creating what is one request (a repeated create of
 * a long operation was seen to leak resources), with a bound.
 */
const ONE_REQUEST = new Set([
  "azure-native:authorization:RoleAssignment",
  "azuread:index/appRoleAssignment:AppRoleAssignment",
]);
const REPLICATION_ANSWERS = [
  "PrincipalNotFound",
  "Not a valid reference update",
  "Resource '.*' does not exist or one of its queried reference-property objects are not present",
].map((text) => new RegExp(text, "i"));

/** Waits 5, 10, 20, 40, 60, 60, … seconds: about 5 minutes in all, as long as replication was seen to take. */
const ATTEMPTS_MAX = 8;
const FIRST_WAIT_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 60;

/** What failed: type of the resource, `create`, `update` or `delete`, and all errors so far, newest first. */
export interface Failure {
  type: string;
  failedOperation: string;
  errors: readonly string[];
}

/** How long to wait before the next attempt, or undefined to give up. */
export function replicationWaitSeconds({ type, failedOperation, errors }: Failure): number | undefined {
  const newest = errors[0];
  if (!ONE_REQUEST.has(type) || failedOperation !== "create") return undefined;
  if (newest === undefined || errors.length > ATTEMPTS_MAX) return undefined;
  if (!REPLICATION_ANSWERS.some((pattern) => pattern.test(newest))) return undefined;
  return Math.min(FIRST_WAIT_SECONDS * 2 ** (errors.length - 1), LONGEST_WAIT_SECONDS);
}
