import { politeNews, urgentNews } from "../announce.ts";
import { dismissNotice, holdNotice, notice } from "../notices.ts";
import { Icon } from "./icon.tsx";

/** The notice at the foot of the page. */
export function NoticeBar() {
  const shown = notice.value;
  if (shown === null) return null;
  const { action } = shown;
  return (
    <section
      class={`notice notice-${shown.tone}`}
      aria-label="Message"
      key={shown.id}
      onFocusCapture={holdNotice}
      onPointerEnter={holdNotice}
    >
      <span class="grow">{shown.text}</span>
      {action !== null && (
        <button
          type="button"
          class="button button-notice"
          onClick={() => {
            dismissNotice();
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <button type="button" class="button button-notice button-icon" aria-label="Dismiss" onClick={dismissNotice}>
        <Icon name="x" size="small" />
      </button>
    </section>
  );
}

/** What screen readers are told. The regions are always there: a region that appears with its text is not heard. */
export function LiveRegions() {
  return (
    <div class="hidden-text">
      <div role="status" aria-live="polite">
        {politeNews.value}
      </div>
      <div role="alert" aria-live="assertive">
        {urgentNews.value}
      </div>
    </div>
  );
}
