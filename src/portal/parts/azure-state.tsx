import type { AlertDetail } from "../../api/contract.ts";
import { azureWords } from "../words.ts";
import { Banner, type Tone } from "./banner.tsx";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";
import { Moment } from "./moment.tsx";
import { Section } from "./section.tsx";

const LOOKS: Record<ReturnType<typeof azureWords>["tone"], { tone: Tone; icon: IconName }> = {
  ok: { tone: "ok", icon: "cloud-check" },
  waiting: { tone: "accent", icon: "cloud-upload" },
  bad: { tone: "critical", icon: "cloud-alert" },
  neutral: { tone: "neutral", icon: "cloud-off" },
};
const CONDITIONS = { fired: "Fired", resolved: "Resolved", unknown: "Not known" } as const;

/** A phone's line: does Azure show my answer? Said only once there is an answer or a problem. */
export function AzureBanner({ alert }: { alert: AlertDetail }) {
  const line = azureWords(alert.azure);
  if (alert.state === "open" && (line.tone === "ok" || line.tone === "neutral")) return null;
  const look = LOOKS[line.tone];
  return (
    <Banner tone={look.tone} icon={look.icon} title={line.lead}>
      {line.rest !== "" && <p class="second">{line.rest}</p>}
    </Banner>
  );
}

/** The desk's card: the same with what Azure was last seen to show. */
export function AzureCard({ alert }: { alert: AlertDetail }) {
  const { azure } = alert;
  const line = azureWords(azure);
  const colour = { ok: "color-ok", waiting: "color-accent", bad: "color-critical", neutral: "second" }[line.tone];
  return (
    <Section title="In Azure">
      <p class={`line azure-line ${colour}`}>
        <Icon name={LOOKS[line.tone].icon} size="small" />
        <span>{line.lead}</span>
      </p>
      {line.rest !== "" && <p class="meta">{line.rest}</p>}
      <dl class="pairs">
        <dt>Status</dt>
        <dd>{azure.state ?? "Not read yet"}</dd>
        <dt>Condition</dt>
        <dd>{CONDITIONS[azure.condition]}</dd>
        <dt>Last read</dt>
        <dd>{azure.readAt === null ? "Never" : <Moment at={azure.readAt} seconds />}</dd>
      </dl>
    </Section>
  );
}
