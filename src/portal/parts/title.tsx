import { plainText } from "../untrusted-text.ts";

/** A title as text of strangers. Names with hyphens (`vm-payments-prod-03`) break only where they must. */
export function Title({ text }: { text: string }) {
  return (
    <>
      {plainText(text)
        .split(/(\S*-\S*-\S*)/)
        .map((part, at) => (at % 2 === 1 ? <span class="unbroken">{part}</span> : part))}
    </>
  );
}
