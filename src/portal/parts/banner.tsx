import type { ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

export type Tone = "neutral" | "ok" | "warn" | "critical" | "accent";

/** A sentence with an icon, and what to do about it. `role` is set where it must be heard when it appears. */
export function Banner(props: {
  tone?: Tone;
  icon: IconName;
  title: string;
  role?: "status" | "alert";
  children?: ComponentChildren;
}) {
  const { tone = "neutral", icon, title, role, children } = props;
  return (
    <div class={`banner banner-${tone}`} {...(role ? { role } : {})}>
      <Icon name={icon} />
      <div class="grow">
        <p>
          <b>{title}</b>
        </p>
        {children}
      </div>
    </div>
  );
}
