import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Me } from "../../api/contract.ts";
import { placeKeys, useKeys } from "../keys.ts";
import { tell } from "../notices.ts";
import { usePageTitle } from "../page-title.ts";
import { Avatar } from "../parts/avatar.tsx";
import { ConnectionStrip } from "../parts/connection.tsx";
import { Devices } from "../parts/devices.tsx";
import { DutyStrip } from "../parts/duty-strip.tsx";
import { Icon } from "../parts/icon.tsx";
import { keysHelpIsOpen } from "../parts/keys-help.tsx";
import { Section } from "../parts/section.tsx";
import { Shell } from "../parts/shell.tsx";
import { lettersAreKeys, THEMES, theme } from "../preferences.ts";
import { asFailure, me, signOut } from "../store.ts";

const THEME_NAMES = { system: "As the system", light: "Light", dark: "Dark" } as const;
const leaving = signal(false);

/** Me: who I am, which devices ring, looks and keys, sign out. */
export function MePage() {
  usePageTitle("Me");
  useKeys({ ...placeKeys(useLocation().route), "?": { does: "This list", run: () => (keysHelpIsOpen.value = true) } });
  useEffect(() => {
    leaving.value = false;
  }, []);
  if (me.value === null) return null;
  return (
    <Shell place="me">
      <header class="page-head">
        <h1>Me</h1>
      </header>
      <ConnectionStrip />
      <DutyStrip />
      <div class="alert-parts page-narrow">
        <Person me={me.value} />
        <Devices vapidPublicKey={me.value.vapidPublicKey} />
        <Looks />
        <Keyboard />
        <Leave me={me.value} />
      </div>
    </Shell>
  );
}

function Person({ me: { person, role, teams } }: { me: Me }) {
  return (
    <section class="card part-body line" aria-label="Signed in as">
      <Avatar person={person} size="large" />
      <div class="grow">
        <p class="heading">{person.name}</p>
        <p class="meta">
          {role} · {teams.length === 0 ? "in no team" : teams.map((team) => team.name).join(", ")}
        </p>
      </div>
    </section>
  );
}

function Looks() {
  return (
    <Section title="Looks">
      <fieldset class="choices">
        <legend class="hidden-text">Theme</legend>
        {THEMES.map((name) => (
          <label key={name} class="choice">
            <input
              type="radio"
              name="theme"
              value={name}
              checked={theme.value === name}
              onChange={() => (theme.value = name)}
            />
            {THEME_NAMES[name]}
          </label>
        ))}
      </fieldset>
    </Section>
  );
}

function Keyboard() {
  return (
    <Section title="Keyboard">
      <label class="choice">
        <input
          type="checkbox"
          checked={lettersAreKeys.value}
          onChange={(event) => (lettersAreKeys.value = event.currentTarget.checked)}
        />
        Single letters are keys
      </label>
      <p class="meta">
        <kbd>J</kbd> <kbd>K</kbd> move, <kbd>A</kbd> acknowledges, <kbd>T</kbd> takes, <kbd>C</kbd> closes, <kbd>X</kbd>{" "}
        selects, <kbd>/</kbd> searches, <kbd>?</kbd> shows all.
      </p>
    </Section>
  );
}

function Leave({ me: { installation } }: { me: Me }) {
  const leave = async () => {
    leaving.value = true;
    try {
      await signOut();
    } catch (error) {
      tell(`Could not sign out: ${asFailure(error).message}`, { tone: "bad" });
    } finally {
      leaving.value = false;
    }
  };
  return (
    <div class="leave">
      <button type="button" class="button button-line" aria-disabled={leaving.value} onClick={() => void leave()}>
        <Icon name="log-out" size="small" />
        Sign out
      </button>
      <p class="meta">
        Watchbell {installation.version} · tenant <span class="code">{installation.tenantId}</span>
      </p>
    </div>
  );
}
