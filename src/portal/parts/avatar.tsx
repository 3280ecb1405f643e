import type { PersonRef } from "../api.ts";

const HUES = 8;

/** The hue of a person: the same on every screen and device. */
export function personHue(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return (hash % HUES) + 1;
}

/** First letters of the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}

/** A person's initials on their colour; decoration, since the name always stands beside it. */
export function Avatar({ person, size = "normal" }: { person: PersonRef; size?: "small" | "normal" | "large" }) {
  return (
    <span class={`avatar avatar-${size} person-${personHue(person.id)}`} aria-hidden="true">
      {initials(person.name)}
    </span>
  );
}
