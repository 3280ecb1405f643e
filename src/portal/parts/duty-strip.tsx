import { deviceKind, pushState } from "../push.ts";
import { me, nowMs } from "../store.ts";
import { dutyWords } from "../words.ts";
import { Icon } from "./icon.tsx";

/** "On duty until 08:00 · this phone rings": on every main screen, and what to do when it is not true. */
export function DutyStrip() {
  if (me.value === null || pushState.value === "unknown") return <div class="duty-strip" aria-hidden="true" />;
  const line = dutyWords(me.value, pushState.value === "on", deviceKind(), nowMs.value);
  return (
    <a class="duty-strip" href="/me">
      <span class={line.isGood ? "color-ok" : "color-warn"}>
        <Icon name={line.isGood ? "shield-check" : "shield-alert"} />
      </span>
      <span class="grow">
        <b>{line.lead}</b> · {line.rest}
      </span>
      <Icon name="chevron-right" size="small" />
    </a>
  );
}
