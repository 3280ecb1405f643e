import type { IconName } from "./icon-names.ts";

/** An icon of the sprite; decoration only, so hidden from assistive technology: the words stand beside it. */
export function Icon({ name, size = "normal" }: { name: IconName; size?: "normal" | "small" | "tiny" | "large" }) {
  return (
    <svg class={`icon icon-${size}`} aria-hidden="true">
      <use href={`${ICON_SPRITE_URL}#${name}`} />
    </svg>
  );
}
