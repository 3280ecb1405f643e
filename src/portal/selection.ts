import { signal } from "@preact/signals";
import type { AlertListItem } from "../api/contract.ts";
import { answer, answerAll } from "./answers.ts";
import { mayAnswer, tellNoRole } from "./may-answer.ts";

/** Which alerts of the inbox are selected, and which one has the focus: both decide what a key means. */
export const selectedIds = signal<ReadonlySet<string>>(new Set());

export function toggleSelected(id: string | null): void {
  if (id === null) return;
  const selected = new Set(selectedIds.value);
  if (!selected.delete(id)) selected.add(id);
  selectedIds.value = selected;
}

const rowLinks = () => [...document.querySelectorAll<HTMLElement>("[data-alert] a[data-open]")];
const idOf = (element: Element | null) => element?.closest("[data-alert]")?.getAttribute("data-alert") ?? null;

/** The alert whose row has the focus, or null. */
export const alertAtFocus = (): string | null => idOf(document.activeElement);

/** Moves the focus `by` rows; without a focus the first row gets it. */
export function moveFocus(by: 1 | -1): void {
  const links = rowLinks();
  const at = links.findIndex((link) => idOf(link) === alertAtFocus());
  const next = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by));
  links[next]?.focus();
}

/** Answers the selected alerts, or the one that has the focus. */
export function giveToTargets(
  all: readonly AlertListItem[],
  how: "acknowledge" | "take" | ((chosen: readonly AlertListItem[]) => void),
): void {
  const wanted = selectedIds.value.size > 0 ? selectedIds.value : new Set([alertAtFocus()]);
  const chosen = all.filter((alert) => wanted.has(alert.id) && alert.state !== "closed");
  const [first, ...more] = chosen;
  if (first === undefined) return;
  if (!mayAnswer()) tellNoRole();
  else if (typeof how === "function") how(chosen);
  else if (more.length === 0) void answer(first, how);
  else void answerAll(chosen, how);
  selectedIds.value = new Set();
}
