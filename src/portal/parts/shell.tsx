import type { ComponentChildren } from "preact";
import { isDesk } from "../preferences.ts";
import { deviceKind, pushState } from "../push.ts";
import { me, nowMs, tabCounts } from "../store.ts";
import { dutyWords } from "../words.ts";
import { Avatar } from "./avatar.tsx";
import { Brand } from "./brand.tsx";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

type Place = "alerts" | "health" | "me";
const PLACES: { place: Place; name: string; icon: IconName }[] = [
  { place: "alerts", name: "Alerts", icon: "bell" },
  { place: "health", name: "Health", icon: "activity" },
  { place: "me", name: "Me", icon: "circle-user-round" },
];

/**
 * The frame of a signed-in page: sidebar on the desk, bar at the foot of a phone. An alert brings its own bar of answers,
 * then the places go.
 */
export function Shell({
  place,
  bar,
  children,
}: {
  place: Place;
  bar?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class={isDesk.value ? "desk" : `phone ${bar ? "phone-with-answers" : ""}`}>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      {isDesk.value && <Sidebar place={place} />}
      <main id="main" class="page" tabIndex={-1}>
        {children}
      </main>
      {bar}
      {!isDesk.value && !bar && <PlacesBar place={place} />}
    </div>
  );
}

function Sidebar({ place }: { place: Place }) {
  return (
    <nav class="sidebar" aria-label="Main">
      <div class="brand">
        <Brand />
        Watchbell
      </div>
      {PLACES.map((item) => (
        <a
          key={item.place}
          class="sidebar-place"
          href={`/${item.place}`}
          aria-current={item.place === place ? "page" : undefined}
        >
          <Icon name={item.icon} size="small" />
          {item.name}
          {item.place === "alerts" && <OpenCount class="count-pill" />}
        </a>
      ))}
      <WhoAmI />
    </nav>
  );
}

function WhoAmI() {
  if (me.value === null) return null;
  const line = dutyWords(me.value, pushState.value === "on", deviceKind(), nowMs.value);
  return (
    <div class="who-am-i">
      <div class="line">
        <Avatar person={me.value.person} />
        <div class="grow">
          <div class="label one-line">{me.value.person.name}</div>
          <div class="meta one-line">{line.lead}</div>
        </div>
      </div>
      {pushState.value !== "unknown" && (
        <a class={`meta line ${line.isGood ? "color-ok" : "color-warn"}`} href="/me">
          <Icon name={line.isGood ? "smartphone" : "shield-alert"} size="tiny" />
          <span>{capitalised(line.rest)}</span>
        </a>
      )}
    </div>
  );
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function PlacesBar({ place }: { place: Place }) {
  return (
    <nav class="places-bar" aria-label="Main">
      {PLACES.map((item) => (
        <a key={item.place} href={`/${item.place}`} aria-current={item.place === place ? "page" : undefined}>
          <Icon name={item.icon} size="large" />
          <span>{item.name}</span>
          {item.place === "alerts" && <OpenCount class="count-badge" />}
        </a>
      ))}
    </nav>
  );
}

function OpenCount(props: { class: string }) {
  const { open } = tabCounts.value;
  if (open === 0) return null;
  return (
    <span class={props.class}>
      <span class="hidden-text">open alerts: </span>
      {open}
    </span>
  );
}
