import type { SourceEvent, SourceState } from "../../alert/event.ts";
import type { AlertIdParts } from "./alert-id.ts";
import { type AlertsClient, type AzureFailure, attempt } from "./azure-failure.ts";
import { alertPath, READ_API_VERSION } from "./read.ts";
import { readEvent } from "./read-event.ts";
import type { SeverityMap } from "./severity.ts";

/**
 * Changing an alert's user response in Azure: one attempt. The write-back queue retries; a repeated write sets the same
 * state again and does no harm.
 */

/** The first version whose `changestate` takes a comment; older ones have no body at all. */
export const WRITE_API_VERSION = "2025-05-25-preview";

/** Codes by which ARM says that it does not know an api-version here (clouds get versions at different times). */
const VERSION_UNKNOWN =
  /^(InvalidApiVersionParameter|NoRegisteredProviderFound|InvalidResourceType|UnsupportedApiVersion)$/;

const WRITE_ACTION = "Microsoft.AlertsManagement/alerts/changestate/action";

export type ChangeStateOutcome =
  /** `event` is the alert as Azure answered it (null when the answer cannot be read): its `modifiedAt` marks our write. */
  { kind: "done"; event: SourceEvent | null; commentSent: boolean } | AzureFailure;

/** Sets `newState` with `comment` (write-back/plan.ts makes it). Never throws for an answer or the lack of one. */
export async function changeState(options: {
  client: AlertsClient;
  alert: AlertIdParts;
  newState: SourceState;
  comment: string;
  severityMap: SeverityMap;
}): Promise<ChangeStateOutcome> {
  const { client, alert, newState, comment, severityMap } = options;
  const what = { action: WRITE_ACTION, scope: `/subscriptions/${alert.subscriptionId}` };
  const send = (version: string, body?: unknown) => {
    const query = { "api-version": version, newState };
    return attempt(() => client.post(`${alertPath(alert)}/changestate`, query, body), what);
  };
  // `comments` is the schema's name; Microsoft's example of the same version says `comment` and is wrong.
  const withComment = await send(WRITE_API_VERSION, { comments: comment });
  const commentSent = withComment.ok || !VERSION_UNKNOWN.test(withComment.error.code);
  const result = commentSent ? withComment : await send(READ_API_VERSION);
  if (!result.ok) return result.failure;
  const event = readEvent(result.answer.body, severityMap);
  return { kind: "done", event: "problem" in event ? null : event, commentSent };
}
