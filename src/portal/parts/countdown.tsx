import { useLayoutEffect, useRef } from "preact/hooks";
import type { AlertListItem } from "../../api/contract.ts";
import { me, nowMs } from "../store.ts";
import { countdown } from "../time.ts";
import { nextCallWords, quietWords, rowClockWords } from "../words.ts";
import { Icon } from "./icon.tsx";

/** Who is called next and in how long, with a bar that fills; or why nobody is. */
export function Countdown({ alert }: { alert: AlertListItem }) {
  const next = nextCallWords(alert, me.value?.person.id ?? "");
  if (next === null) return <Quiet alert={alert} />;
  const totalMs = Math.max(1, next.atMs - Date.parse(alert.updatedAt));
  return (
    <div class="countdown">
      <span>
        <b>{next.who}</b> {next.verb}
      </span>
      <b class="figures" role="timer" aria-live="off">
        {countdown(next.atMs - nowMs.value)}
      </b>
      <Bar share={1 - (next.atMs - nowMs.value) / totalMs} />
    </div>
  );
}

function Quiet({ alert }: { alert: AlertListItem }) {
  const words = quietWords(alert, nowMs.value);
  return words === "" ? null : <p class="meta quiet-line">{words}</p>;
}

/** The width is set by script (CSSOM): the policy of the page allows no style attribute (threats B3). */
function Bar({ share }: { share: number }) {
  const filled = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
    filled.current?.style.setProperty("width", `${percent}%`);
  });
  return (
    <div class="bar" aria-hidden="true">
      <i ref={filled} />
    </div>
  );
}

/** The same in one line for a row. */
export function RowClock({ alert }: { alert: AlertListItem }) {
  const next = nextCallWords(alert, me.value?.person.id ?? "");
  const words = next === null ? quietWords(alert, nowMs.value) : rowClockWords(next, nowMs.value);
  if (words === "") return null;
  return (
    <p class="meta row-clock">
      <Icon name="clock" size="tiny" />
      {words}
    </p>
  );
}
