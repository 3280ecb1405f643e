import type { AlertListItem } from "../../api/contract.ts";
import { pendingAnswers } from "../answers.ts";
import { me, nowMs } from "../store.ts";
import { roughDuration } from "../time.ts";
import { answerVerb, meanwhileWords } from "../words.ts";
import { Icon } from "./icon.tsx";

/** An answer that waits: what still happens meanwhile, try now, take back. Nothing while the first try is under way. */
export function PendingLine({ alert }: { alert: AlertListItem }) {
  const pending = pendingAnswers.value.get(alert.id);
  if (pending === undefined || pending.nextTryAtMs === null) return null;
  const meanwhile = meanwhileWords(alert, me.value?.person.id ?? "", nowMs.value);
  return (
    <div class="pending-line" role="status">
      <p>
        <Icon name="cloud-upload" size="small" /> Could not {answerVerb(pending.kind)}: the server does not answer. It
        stays here and is tried again in {roughDuration(Math.max(0, pending.nextTryAtMs - nowMs.value))}. {meanwhile}
      </p>
      <p class="banner-actions">
        <button type="button" class="button button-small button-line" onClick={pending.tryNow}>
          Try now
        </button>
        <button type="button" class="button button-small button-quiet" onClick={pending.takeBack}>
          Take back
        </button>
      </p>
    </div>
  );
}
