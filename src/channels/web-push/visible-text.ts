/**
 * Text of strangers on a lock screen (threats C3): controls and bidirectional overrides become visible marks instead
 * of acting, and the text is cut. Pure.
 */

/** Unicode's pictures of the C0 controls begin here; DEL has its own. */
const CONTROL_PICTURES = 0x2400;
const DELETE_PICTURE = "\u2421";

/** C0, DEL, C1, the bidi controls (marks, embeddings, overrides, isolates), line separators, lone surrogates. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu;

/** At most `charsMax` characters, the last being `…` when cut; never half a surrogate pair. */
export function visibleText(text: string, charsMax: number): string {
  // Cut roughly first, so that a huge text costs nothing; marks only make it longer.
  const characters = [...text.slice(0, charsMax * 2 + 1).replace(UNSEEN, toMark)];
  if (characters.length <= charsMax) return characters.join("");
  return `${characters.slice(0, charsMax - 1).join("")}…`;
}

function toMark(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  if (code === 0x7f) return DELETE_PICTURE;
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}
