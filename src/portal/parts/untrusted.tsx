import { useState } from "preact/hooks";
import { SHOWN_CHARACTERS_MAX, textPieces } from "../untrusted-text.ts";

/** Azure's own links take half a page; the address as a whole is their title. */
const LINK_CHARACTERS_MAX = 80;
const shortened = (link: string) =>
  link.length > LINK_CHARACTERS_MAX ? `${link.slice(0, LINK_CHARACTERS_MAX - 1)}…` : link;

/** Text of strangers (threats C1) with its links; beyond 4 kB the rest comes on demand. */
export function UntrustedText({ text }: { text: string }) {
  const [isFull, setFull] = useState(false);
  const isLong = text.length > SHOWN_CHARACTERS_MAX;
  return (
    <>
      <span class="untrusted">
        {textPieces(isLong && !isFull ? text.slice(0, SHOWN_CHARACTERS_MAX) : text).map((piece) =>
          piece.kind === "text" ? (
            piece.text
          ) : (
            <a href={piece.href} rel="noreferrer" target="_blank" title={piece.text}>
              {shortened(piece.text)}
              {shortened(piece.text).includes(piece.host) ? "" : ` (${piece.host})`}
            </a>
          ),
        )}
      </span>
      {isLong && !isFull && (
        <button type="button" class="button button-small button-line" onClick={() => setFull(true)}>
          Show all
        </button>
      )}
    </>
  );
}
