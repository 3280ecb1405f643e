/**
 * Text of strangers, made safe to look at: what goes in is any string, what comes out is well-formed, bounded and shows
 * its control characters (threats C3). It stays text: escaping for an output format is the job of whoever writes that.
 */

/** Longest title (threats C3), in code points. */
export const TITLE_CHARS_MAX = 200;
/** Longest description we show, in code points; the payload keeps the whole. */
export const DESCRIPTION_CHARS_MAX = 4_000;

/** C0 with tab and line feed, DEL, C1, bidi marks and controls, and the two separators that some viewers break lines at. */
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const HIDDEN_ALL = new RegExp(HIDDEN, "g");

/**
 * Well-formed text of at most `charsMax` code points in which hidden characters are visible marks: U+0000 is `␀`,
 * U+202E is `⟨U+202E⟩`. `lines: true` keeps line feeds and tabs (CR LF becomes a line feed); otherwise runs of them
 * become one space. A cut text ends in `…`.
 */
export function visibleText(text: string, charsMax: number, options: { lines?: boolean } = {}): string {
  // A code point has at most two UTF-16 units and a mark only gets longer: the rest can never be shown.
  const bounded = text.length > charsMax * 2 + 2 ? text.slice(0, charsMax * 2 + 2) : text;
  const wellFormed = bounded.isWellFormed() ? bounded : bounded.toWellFormed();
  if (!HIDDEN.test(wellFormed)) return cutToChars(wellFormed, charsMax);
  const spaced = options.lines ? wellFormed.replaceAll("\r\n", "\n") : wellFormed.replace(/[\t\n\r]+/g, " ");
  const marked = spaced.replace(HIDDEN_ALL, (char) => (char === "\n" || char === "\t" ? char : markOf(char)));
  return cutToChars(marked, charsMax);
}

/** One line of at most 200 code points, trimmed; empty when there is nothing to see. */
export function titleText(text: string): string {
  return visibleText(text.trim(), TITLE_CHARS_MAX).trim();
}

/** First line with something in it, or null. */
export function firstLine(text: string): string | null {
  const line = /\S[^\r\n]*/.exec(text.slice(0, DESCRIPTION_CHARS_MAX));
  return line ? line[0].trimEnd() : null;
}

/** Cuts between code points, never inside one; the last kept place holds `…`. */
export function cutToChars(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const chars = [...text.slice(0, charsMax * 2 + 2)];
  if (chars.length <= charsMax && text.length <= charsMax * 2 + 2) return text;
  return `${chars.slice(0, charsMax - 1).join("")}…`;
}

function markOf(char: string): string {
  const code = char.charCodeAt(0);
  // Unicode's own pictures of control characters: block "Control Pictures", U+2400.
  if (code <= 0x1f) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
