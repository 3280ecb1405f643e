import { nowMs } from "../store.ts";
import { age, clockTime, stopwatch, utcTime } from "../time.ts";

/** A time in the viewer's zone; its title has UTC. */
export function Moment({ at, seconds = false }: { at: string | number; seconds?: boolean }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={utcTime(at)}>
      {clockTime(at, nowMs.value, { seconds })}
    </time>
  );
}

/** How old something is, `9 min`. */
export function Age({ at }: { at: string }) {
  return (
    <time class="meta nowrap" dateTime={at} title={utcTime(at)}>
      {age(at, nowMs.value)}
    </time>
  );
}

/** A clock that runs up from an instant. */
export function Running({ since }: { since: string }) {
  return <b class="figures">{stopwatch(nowMs.value - Date.parse(since))}</b>;
}
