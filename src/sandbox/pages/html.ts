/** Markup that is already safe to write. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Controls and bidi controls shown as a mark, so that a text cannot hide or turn what follows it (threats C3). */
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const escapeText = (text: string) =>
  text.replace(INVISIBLE, "\ufffd").replace(/[&<>"']/g, (character) => ESCAPES[character]!);

function written(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(written).join("");
  return escapeText(String(part));
}

/** Template tag: every value is escaped text unless it is markup made by this tag (threats C1). */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  const text = strings.map((literal, index) => literal + (index < parts.length ? written(parts[index]) : "")).join("");
  return new Html(text);
}
