import type { SourceEvent } from "../../alert/event.ts";
import { COMMON_SCHEMA_ID, commonEvent, type ReadOptions } from "./common-schema.ts";
import { nonCommonEvent } from "./non-common-schema.ts";
import { membersOf, textOf } from "./payload-values.ts";

/**
 * What an action group posted, as an event. In: a body that `parseBody` let through. Out: the event, with the payload
 * kept whole, or the reason why no alert can be read from it; then the caller keeps it raw and raises it as an alert of
 * its own (threats I1, unreadable.ts). Pure; never throws.
 */
export function toEvent(body: unknown, options: ReadOptions): SourceEvent | { unreadable: string } {
  const members = membersOf(body);
  if (!members) return { unreadable: "the body is no JSON object" };
  const schemaId = textOf(members, "schemaId");
  if (schemaId?.trim().toLowerCase() === COMMON_SCHEMA_ID.toLowerCase()) return commonEvent(body, options);
  return (
    nonCommonEvent(members, options) ?? { unreadable: `nothing in it says what happened (${schemaText(schemaId)})` }
  );
}

function schemaText(schemaId: string | null): string {
  return schemaId === null ? "no schemaId" : `unknown schemaId of ${schemaId.length} characters`;
}
