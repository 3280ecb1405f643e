/**
 * Text that came from outside stays text (threats, section 8): no markup, no characters that turn the reading direction
 * and so disguise what stands there, a bounded length.
 */

/** Beyond it "Show all" is offered (design, section 4.2). */
export const SHOWN_CHARACTERS_MAX = 4_096;

// Control characters but tab and line breaks, and what the Unicode bidirectional algorithm (UAX 9) calls bidi controls.
const HIDDEN_CONTROLS = /[^\P{Cc}\t\n\r]|\p{Bidi_Control}/gu;

/** The text without control characters that people cannot see; line breaks and tabs stay. */
export const plainText = (text: string): string => text.replace(HIDDEN_CONTROLS, "");

/** Pieces of a text: plain words and http(s) links. A link is shown with its host, so that nobody is led astray. */
export type TextPiece = { kind: "text"; text: string } | { kind: "link"; text: string; href: string; host: string };

const LINK = /https?:\/\/[^\s<>"'`]+/g;
/** Punctuation that ends a sentence, not an address. */
const TRAILING = /[),.;:!?\]]+$/;

export function textPieces(text: string): TextPiece[] {
  const clean = plainText(text);
  const pieces: TextPiece[] = [];
  let from = 0;
  for (const match of clean.matchAll(LINK)) {
    const shown = match[0].replace(TRAILING, "");
    const url = parseLink(shown);
    if (url === null) continue;
    if (match.index > from) pieces.push({ kind: "text", text: clean.slice(from, match.index) });
    pieces.push({ kind: "link", text: shown, href: url.href, host: url.host });
    from = match.index + shown.length;
  }
  if (from < clean.length) pieces.push({ kind: "text", text: clean.slice(from) });
  return pieces;
}

/** Null for what is no address, and for one with a user part: it looks like a host and is none. */
function parseLink(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.username === "" && url.password === "" ? url : null;
  } catch {
    return null;
  }
}

/** An address that may become a link: https only, as the server builds them. Anything else gives null. */
export function safeHref(address: string | null): string | null {
  const url = address === null ? null : parseLink(address);
  return url?.protocol === "https:" ? url.href : null;
}
