import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** A titled card of the alert page. */
export function Section({
  title,
  aside,
  anchor,
  children,
}: {
  title: string;
  aside?: ComponentChildren;
  anchor?: string;
  children: ComponentChildren;
}) {
  const titleId = useId();
  return (
    <section class="part" aria-labelledby={titleId} {...(anchor ? { id: anchor } : {})}>
      <div class="part-head">
        <h2 id={titleId}>{title}</h2>
        {aside}
      </div>
      <div class="card part-body">{children}</div>
    </section>
  );
}
