import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Health } from "../../api/contract.ts";
import { api, type Problem, serverNow, type Unreachable } from "../api.ts";
import { placeKeys, useKeys } from "../keys.ts";
import { usePageTitle } from "../page-title.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Banner } from "../parts/banner.tsx";
import { ConnectionStrip } from "../parts/connection.tsx";
import { Failure } from "../parts/failure.tsx";
import { Icon } from "../parts/icon.tsx";
import type { IconName } from "../parts/icon-names.ts";
import { keysHelpIsOpen } from "../parts/keys-help.tsx";
import { Moment } from "../parts/moment.tsx";
import { Section } from "../parts/section.tsx";
import { Shell } from "../parts/shell.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { asFailure } from "../store.ts";
import { roughDuration } from "../time.ts";
import { healthWord, sourceWord } from "../words.ts";

type Source = Health["sources"][number];
const health = signal<{ answer: Health | null; readAtMs: number; problem: Problem | Unreachable | null }>({
  answer: null,
  readAtMs: 0,
  problem: null,
});
/** The page reads itself anew at this pace while it is shown. */
const READ_EVERY_MS = 15_000;

async function readHealth(): Promise<void> {
  try {
    health.value = { answer: await api.health(), readAtMs: serverNow(), problem: null };
  } catch (error) {
    health.value = { ...health.value, problem: asFailure(error) };
  }
}

/** Do alerts arrive, do messages leave, can everybody be reached? Broken things first. */
export function HealthPage() {
  usePageTitle("Health");
  useKeys({ ...placeKeys(useLocation().route), "?": { does: "This list", run: () => (keysHelpIsOpen.value = true) } });
  useEffect(() => {
    void readHealth();
    const timer = setInterval(() => void readHealth(), READ_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const { answer, readAtMs, problem } = health.value;
  return (
    <Shell place="health">
      <header class="page-head">
        <h1>Health</h1>
        {answer !== null && (
          <span class="meta">
            as of <Moment at={readAtMs} seconds />
          </span>
        )}
        <span class="grow" />
        <button type="button" class="button button-line button-small" onClick={() => void readHealth()}>
          <Icon name="refresh-cw" size="small" />
          Check again
        </button>
      </header>
      <ConnectionStrip />
      {problem !== null && <Failure problem={problem} retry={() => void readHealth()} what="the health" />}
      {answer === null ? problem === null && <Skeleton /> : <HealthParts health={answer} />}
    </Shell>
  );
}

function HealthParts({ health: { sources, outbox, unreachable } }: { health: Health }) {
  const order = ["failing", "degraded", "starting", "paused", "ok"];
  const sorted = [...sources].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const broken = sources.filter((source) => source.status === "failing" || source.status === "degraded").length;
  return (
    <div class="alert-parts">
      <div class="tiles">
        <Tile
          name="Sources"
          value={String(sources.length)}
          rest={broken === 0 ? "all in order" : `${broken} ${broken === 1 ? "needs" : "need"} you`}
          isBad={broken > 0}
        />
        <Tile name="Delivered, 24 h" value={String(outbox.delivered24h)} rest={`${outbox.pending} being sent`} />
        <Tile
          name="Not delivered, 24 h"
          value={String(outbox.failed24h)}
          rest={outbox.failed24h === 0 ? "nothing lost" : "reasons stand at the alerts"}
          isBad={outbox.failed24h > 0}
        />
        <Tile
          name="Oldest waiting"
          value={outbox.oldestSeconds === null ? "None" : roughDuration(outbox.oldestSeconds * 1_000)}
          rest={outbox.oldestSeconds === null ? "nothing waits" : "in the outbox"}
        />
      </div>
      <Section title="Sources">
        <ul class="source-list">
          {sorted.map((source) => (
            <SourceItem key={source.id} source={source} />
          ))}
        </ul>
      </Section>
      <Section title="People who cannot be reached" aside={<span class="figures third">{unreachable.length}</span>}>
        {unreachable.length === 0 && <p class="meta">Everybody on duty or in a policy can be reached.</p>}
        <ul class="source-list">
          {unreachable.map(({ person, reason }) => (
            <li key={person.id} class="line">
              <Avatar person={person} />
              <div class="grow">
                <p class="label">{person.name}</p>
                <p class="meta">{reason}</p>
              </div>
            </li>
          ))}
        </ul>
      </Section>
    </div>
  );
}

function Tile({ name, value, rest, isBad = false }: { name: string; value: string; rest: string; isBad?: boolean }) {
  return (
    <div class="card part-body tile">
      <p class="meta">{name}</p>
      <p class="figure-big">{value}</p>
      <p class={`meta ${isBad ? "color-warn" : ""}`}>{rest}</p>
    </div>
  );
}

const STATUS_LOOKS: Record<Source["status"], { icon: IconName; colour: string }> = {
  ok: { icon: "circle-check", colour: "color-ok" },
  degraded: { icon: "triangle-alert", colour: "color-warn" },
  failing: { icon: "circle-x", colour: "color-critical" },
  paused: { icon: "moon", colour: "second" },
  starting: { icon: "clock", colour: "second" },
};

function SourceItem({ source }: { source: Source }) {
  const look = STATUS_LOOKS[source.status];
  return (
    <li>
      <div class="line source-line">
        <span class="source-icon">
          <Icon name="activity" />
        </span>
        <div class="grow">
          <p class="label">{source.name}</p>
          {source.name !== sourceWord(source.kind) && <p class="meta">{sourceWord(source.kind)}</p>}
        </div>
        <span class={`line label ${look.colour}`}>
          <Icon name={look.icon} size="small" />
          {healthWord(source.status)}
        </span>
      </div>
      <p class="meta source-times">
        {source.lastSuccessAt === null ? (
          "Never asked with success"
        ) : (
          <>
            Last asked <Moment at={source.lastSuccessAt} seconds />
          </>
        )}
        {source.lastPushAt !== null && (
          <>
            {" "}
            · last push <Moment at={source.lastPushAt} seconds />
          </>
        )}
        {source.lagSeconds !== null && <> · lag {Math.round(source.lagSeconds)} s</>}
        {source.writesWaiting > 0 && (
          <>
            {" "}
            · {source.writesWaiting} {source.writesWaiting === 1 ? "answer waits" : "answers wait"}
          </>
        )}
      </p>
      {source.error !== null && (
        <Banner tone={source.status === "failing" ? "critical" : "warn"} icon="triangle-alert" title={source.error}>
          {source.advice !== null && <p class="second">{source.advice}</p>}
        </Banner>
      )}
    </li>
  );
}
