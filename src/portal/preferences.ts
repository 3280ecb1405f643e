import { effect, signal } from "@preact/signals";

/** What this device remembers about looks and keys. Not personal, so it stays at sign-out. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** A value kept by this browser, or null. */
export const remembered = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    // The browser may refuse storage altogether; then the defaults hold.
    return null;
  }
};
export const remember = (name: string, value: string) => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // As above: the choice then holds until the page is closed.
  }
};

export const theme = signal<Theme>(THEMES.find((name) => name === remembered("theme")) ?? "system");
/** Single-letter keys can be switched off (WCAG 2.1.4). */
export const lettersAreKeys = signal(remembered("letter-keys") !== "off");
/** True from 960 px on: sidebar, tables, keys. */
export const isDesk = signal(false);

/** Applies the preferences to the page and keeps them. */
export function startPreferences(): void {
  effect(() => {
    if (theme.value === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme.value;
    remember("theme", theme.value);
    colourBrowser();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colourBrowser);
  effect(() => remember("letter-keys", lettersAreKeys.value ? "on" : "off"));
  const wide = matchMedia("(min-width: 60rem)");
  isDesk.value = wide.matches;
  wide.addEventListener("change", () => {
    isDesk.value = wide.matches;
  });
}

/** The browser's own bars take the page's colour; it is read from the style sheet, the only place of colours. */
function colourBrowser(): void {
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--bg").trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", ground);
}
