import { signal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { AlertDetail } from "../../api/contract.ts";
import { api } from "../api.ts";
import { mayAnswer } from "../may-answer.ts";
import { tell } from "../notices.ts";
import { asFailure, loadDetail } from "../store.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { Moment } from "./moment.tsx";
import { Section } from "./section.tsx";
import { UntrustedText } from "./untrusted.tsx";

type Entry = AlertDetail["timeline"][number];
/** What is typed, by alert: it survives a change of page. */
const drafts = signal<ReadonlyMap<string, string>>(new Map());
const sending = signal(false);
const COMMENT_CHARACTERS_MAX = 30_000;

export function focusComposer(): void {
  document.getElementById("composer")?.focus();
}

/** What people wrote, oldest first, and the place to write. */
export function Conversation({ alert }: { alert: AlertDetail }) {
  const comments = alert.timeline
    .filter((entry) => entry.kind === "comment")
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <Section title="Conversation" anchor="talk">
      {comments.length === 0 && <p class="meta">Nobody has written yet.</p>}
      <ul class="comments">
        {comments.map((comment) => (
          <Comment key={comment.id} comment={comment} />
        ))}
      </ul>
      {mayAnswer() && <Composer alertId={alert.id} />}
    </Section>
  );
}

function Comment({ comment }: { comment: Entry }) {
  const author = comment.actor ?? { id: "", name: "Azure" };
  const text = typeof comment.data["text"] === "string" ? comment.data["text"] : comment.text;
  return (
    <li class="comment">
      <Avatar person={author} size="small" />
      <div class="grow">
        <p class="meta">
          <b>{author.name}</b> · <Moment at={comment.at} />
        </p>
        <p class="bubble">
          <UntrustedText text={text} />
        </p>
      </div>
    </li>
  );
}

function Composer({ alertId }: { alertId: string }) {
  const fieldId = useId();
  const draft = drafts.value.get(alertId) ?? "";
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send(alertId, draft.trim());
      }}
    >
      <label class="hidden-text" for="composer">
        Write to the team
      </label>
      <textarea
        id="composer"
        rows={1}
        placeholder="Write to the team"
        maxLength={COMMENT_CHARACTERS_MAX}
        value={draft}
        aria-describedby={fieldId}
        onInput={(event) => setDraft(alertId, event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
        }}
      />
      <span id={fieldId} class="hidden-text">
        Ctrl and Enter sends
      </span>
      <button
        type="submit"
        class="button button-icon button-quiet"
        aria-label="Send"
        aria-disabled={draft.trim() === "" || sending.value}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}

function setDraft(alertId: string, text: string): void {
  drafts.value = new Map(drafts.value).set(alertId, text);
}

/** Sends what is written. If that fails it stays in the field: nothing typed is lost. */
async function send(alertId: string, text: string): Promise<void> {
  if (text === "" || sending.value) return;
  sending.value = true;
  try {
    await api.comment(alertId, text);
    setDraft(alertId, "");
    await loadDetail(alertId);
  } catch (error) {
    tell(`Could not send the comment: ${asFailure(error).message} It is kept in the field.`, { tone: "bad" });
  } finally {
    sending.value = false;
  }
}
