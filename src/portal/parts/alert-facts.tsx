import type { AlertDetail } from "../../api/contract.ts";
import { resourceFacts } from "../azure-resource.ts";
import { factValue, tidyFacts } from "../fact-values.ts";
import { figureOf } from "../figures.ts";
import { plainText, safeHref } from "../untrusted-text.ts";
import { Banner } from "./banner.tsx";
import { Icon } from "./icon.tsx";
import { Moment } from "./moment.tsx";
import { Section } from "./section.tsx";
import { UntrustedText } from "./untrusted.tsx";

/** The number, the description, and what should be changed at the source. */
export function WhatHappened({ alert }: { alert: AlertDetail }) {
  const figure = figureOf(alert.payload);
  const description = alert.description?.trim() ?? "";
  return (
    <Section title="What happened">
      {figure !== null && (
        <div class="figure">
          <p class={`figure-big color-${alert.severity}`}>{figure.value}</p>
          <p class="meta">{plainText(figure.label)}</p>
        </div>
      )}
      {description !== "" && (
        <p>
          <UntrustedText text={description} />
        </p>
      )}
      <dl class="pairs">
        {alert.firedAt !== null && (
          <Pair name="Fired">
            <Moment at={alert.firedAt} seconds />
          </Pair>
        )}
        {alert.resolvedAt !== null && (
          <Pair name="Recovered">
            <Moment at={alert.resolvedAt} seconds />
          </Pair>
        )}
        {alert.monitoringService !== null && (
          <Pair name="Signal">
            {[alert.monitoringService, alert.signalType].filter((word) => word !== null).join(", ")}
          </Pair>
        )}
        {alert.count > 1 && <Pair name="Reported">{alert.count} times</Pair>}
      </dl>
      {alert.advice.map((advice) => (
        <Banner key={advice} icon="info" title="Worth changing at the source">
          <p class="second">{advice}</p>
        </Banner>
      ))}
    </Section>
  );
}

function Pair({ name, children, code = false }: { name: string; children: preact.ComponentChildren; code?: boolean }) {
  return (
    <>
      <dt>{name}</dt>
      <dd class={code ? "code" : undefined}>{children}</dd>
    </>
  );
}

/** The affected resources and the rule; the link goes to Azure's own page. */
export function Resource({ alert }: { alert: AlertDetail }) {
  const href = safeHref(alert.azure.portalUrl);
  const [first, ...others] = alert.resourceIds;
  if (first === undefined && href === null) return null;
  const facts = first === undefined ? null : resourceFacts(first);
  const link = href !== null && (
    <a class="line label" href={href} target="_blank" rel="noreferrer">
      Azure portal <Icon name="arrow-up-right" size="tiny" />
    </a>
  );
  return (
    <Section title="Resource" aside={link}>
      <dl class="pairs">
        {facts !== null && facts.name !== facts.subscription && (
          <Pair name="Name" code>
            {facts.name}
          </Pair>
        )}
        {facts?.type && <Pair name="Type">{facts.type}</Pair>}
        {facts?.group && (
          <Pair name="Group" code>
            {facts.group}
          </Pair>
        )}
        {facts?.subscription && (
          <Pair name="Subscription" code>
            {facts.subscription}
          </Pair>
        )}
        {alert.source.rule !== null && alert.source.rule !== alert.title && (
          <Pair name="Alert rule">{alert.source.rule}</Pair>
        )}
        {others.length > 0 && <Pair name="Also">{others.map((id) => resourceFacts(id).name).join(", ")}</Pair>}
      </dl>
    </Section>
  );
}

/** Every fact that the payload gave, group by group: an unknown schema shows all of its fields here, never nothing. */
export function Facts({ alert }: { alert: AlertDetail }) {
  const groups = tidyFacts(alert.facts);
  if (groups.length === 0) return null;
  return (
    <Section title="Details">
      {groups.map((group, at) => (
        <div key={`${at} ${group.title}`} class="fact-group">
          <h3>{plainText(group.title)}</h3>
          <dl class="pairs">
            {group.facts.map((fact, position) => (
              <Pair key={`${position} ${fact.name}`} name={plainText(fact.name)}>
                <Value name={fact.name} value={fact.value} />
              </Pair>
            ))}
          </dl>
        </div>
      ))}
    </Section>
  );
}

function Value({ name, value }: { name: string; value: string }) {
  const read = factValue(name, value);
  return read.kind === "instant" ? <Moment at={read.at} seconds /> : <UntrustedText text={read.text} />;
}

/** The payload as it came, folded: proof for whoever doubts the rest. */
export function RawPayload({ alert }: { alert: AlertDetail }) {
  return (
    <details class="card raw">
      <summary>Raw payload</summary>
      <pre>
        <UntrustedText text={JSON.stringify(alert.payload, null, 2) ?? "none"} />
      </pre>
    </details>
  );
}
