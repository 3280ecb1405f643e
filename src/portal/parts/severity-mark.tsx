import type { AlertListItem } from "../../api/contract.ts";
import { severityWord } from "../words.ts";

type Severity = AlertListItem["severity"];

/** Severity as colour and shape; the word stands beside it or is hidden text (design, section 5). */
const SHAPES = {
  critical: (
    <>
      <path class="mark-solid" d="M7.1 1.5h7.8l5.6 5.6v7.8l-5.6 5.6H7.1L1.5 14.9V7.1z" />
      <path class="mark-glyph" d="M11 6.2v5.6M11 15.6v.01" />
    </>
  ),
  high: (
    <>
      <path class="mark-solid" d="M9.3 2.7a2 2 0 0 1 3.4 0l8 13.6a2 2 0 0 1-1.7 3H3a2 2 0 0 1-1.7-3z" />
      <path class="mark-glyph" d="M11 8v4.4M11 16v.01" />
    </>
  ),
  medium: (
    <>
      <path
        class="mark-solid"
        d="M9.7 1.8a1.84 1.84 0 0 1 2.6 0l7.9 7.9a1.84 1.84 0 0 1 0 2.6l-7.9 7.9a1.84 1.84 0 0 1-2.6 0l-7.9-7.9a1.84 1.84 0 0 1 0-2.6z"
      />
      <path class="mark-glyph" d="M7.5 11h7" />
    </>
  ),
  low: (
    <>
      <circle class="mark-line" cx="11" cy="11" r="8" />
      <path class="mark-line" d="M11 7.2v7M8.2 11.6l2.8 2.8 2.8-2.8" />
    </>
  ),
  info: (
    <>
      <circle class="mark-dashes" cx="11" cy="11" r="8" />
      <path class="mark-line" d="M11 10.4v4.4M11 7.2v.01" />
    </>
  ),
} as const;

export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <svg class={`mark color-${severity}`} viewBox="0 0 22 22" aria-hidden="true">
      {SHAPES[severity]}
    </svg>
  );
}

/** Mark and word together. */
export function SeverityLabel({ severity, origin }: { severity: Severity; origin?: string | null }) {
  return (
    <span class={`severity-label color-${severity}`}>
      <SeverityMark severity={severity} />
      {severityWord(severity)}
      {origin ? ` · ${origin}` : ""}
    </span>
  );
}
