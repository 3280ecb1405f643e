import { liveness } from "../live.ts";
import { asOfMs, loadInbox, nowMs } from "../store.ts";
import { clockTime } from "../time.ts";
import { loadUpdate, updateIsReady } from "../worker.ts";
import { Banner } from "./banner.tsx";
import { Icon } from "./icon.tsx";

/** A short break is nobody's business: a proxy that closes the stream is back within seconds. */
const BREAK_SHOWN_AFTER_MS = 3_000;

/** Says that what is shown may be old, and that a new version waits. */
export function ConnectionStrip() {
  return (
    <>
      <StaleStrip />
      {updateIsReady.value && (
        <Banner tone="accent" icon="refresh-cw" title="A new version is ready." role="status">
          <p class="banner-actions">
            <button type="button" class="button button-line button-small" onClick={loadUpdate}>
              Load now
            </button>
          </p>
        </Banner>
      )}
    </>
  );
}

function StaleStrip() {
  const state = liveness.value;
  if (state.kind !== "broken" || nowMs.value - state.sinceMs < BREAK_SHOWN_AFTER_MS) return null;
  const since = clockTime(asOfMs.value ?? state.sinceMs, nowMs.value);
  if (navigator.onLine)
    return <Banner tone="warn" icon="cloud-off" title={`Not live since ${since}. Connecting…`} role="status" />;
  return (
    <Banner tone="warn" icon="wifi-off" title={`Offline since ${since}`} role="status">
      <p class="second">This device gets no pushes now. What is shown is as of {since}.</p>
      <p class="banner-actions">
        <button type="button" class="button button-line button-small" onClick={() => void loadInbox()}>
          <Icon name="refresh-cw" size="small" />
          Try again
        </button>
      </p>
    </Banner>
  );
}

/** `live` beside a page's title. */
export function LiveMark() {
  if (liveness.value.kind !== "live") return null;
  return (
    <span class="meta live-mark">
      <span class="dot color-ok" aria-hidden="true" />
      live
    </span>
  );
}
