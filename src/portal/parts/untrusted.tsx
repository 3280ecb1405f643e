import { useState } from "preact/hooks";
import { SHOWN_CHARACTERS_MAX, textPieces } from "../untrusted-text.ts";

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
            <a href={piece.href} rel="noreferrer" target="_blank">
              {piece.text}
              {piece.text.includes(piece.host) ? "" : ` (${piece.host})`}
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
