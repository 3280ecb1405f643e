import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import type { AlertDetail, AlertListItem } from "../../api/contract.ts";
import { answersFor } from "../alert-answers.ts";
import { answer } from "../answers.ts";
import { type AnswerKind, Problem, type Unreachable } from "../api.ts";
import { type Neighbours, neighbours } from "../inbox-order.ts";
import { placeKeys, useKeys } from "../keys.ts";
import { mayAnswer, tellNoRole } from "../may-answer.ts";
import { usePageTitle } from "../page-title.ts";
import { AlertBar, AlertToolbar } from "../parts/alert-bar.tsx";
import { Facts, RawPayload, Resource, WhatHappened } from "../parts/alert-facts.tsx";
import { AlertHead, DeskHead } from "../parts/alert-head.tsx";
import { AzureBanner, AzureCard } from "../parts/azure-state.tsx";
import { CloseDialog } from "../parts/close-dialog.tsx";
import { ConnectionStrip } from "../parts/connection.tsx";
import { Conversation, focusComposer } from "../parts/conversation.tsx";
import { Failure } from "../parts/failure.tsx";
import { keysHelpIsOpen } from "../parts/keys-help.tsx";
import { Notifications } from "../parts/notifications.tsx";
import { PendingLine } from "../parts/pending-line.tsx";
import { Shell } from "../parts/shell.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { StateCard } from "../parts/state-card.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { Why } from "../parts/why.tsx";
import { isDesk } from "../preferences.ts";
import { alerts, details, loadDetail, viewer } from "../store.ts";

const closing = signal(false);

/** One alert: what is broken, how bad, am I the one, what do I do (design, section 4.2). */
export function AlertPage() {
  const id = useRoute().params["id"] ?? "";
  const load = details.value.get(id);
  const alert = load?.alert ?? null;
  const item = alert ?? alerts.value.get(id) ?? null;
  useEffect(() => {
    closing.value = false;
    void loadDetail(id);
  }, [id]);
  useEffect(() => {
    // The address may name a part that was not there yet when the browser looked for it.
    if (alert !== null && location.hash !== "") document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [alert === null]);
  usePageTitle(item?.title ?? "Alert");
  const order = neighbours(alerts.value.values(), viewer.value, id);
  useAlertKeys(item, order);
  if (item === null) return <NoAlert problem={load?.problem ?? null} retry={() => void loadDetail(id)} />;
  return (
    <Shell place="alerts" bar={!isDesk.value && <AlertBar alert={item} onClose={() => (closing.value = true)} />}>
      {isDesk.value ? <DeskHead alert={item} order={order} /> : <AlertHead alert={item} />}
      {isDesk.value && <AlertToolbar alert={item} onClose={() => (closing.value = true)} />}
      <div class="alert-strips">
        <ConnectionStrip />
        <PendingLine alert={item} />
        {load?.problem != null && (
          <Failure problem={load.problem} retry={() => void loadDetail(id)} what="this alert" />
        )}
      </div>
      {alert === null ? <Skeleton /> : isDesk.value ? <DeskParts alert={alert} /> : <PhoneParts alert={alert} />}
      {closing.value && <CloseDialog alerts={[item]} onDone={() => (closing.value = false)} />}
    </Shell>
  );
}

/** While open: what, why me, resource, timeline. Afterwards the order turns: Azure, conversation, timeline, facts. */
function PhoneParts({ alert }: { alert: AlertDetail }) {
  const [happened, why, resource] = [<WhatHappened alert={alert} />, <Why alert={alert} />, <Resource alert={alert} />];
  const [timeline, talk, proof] = [
    <Timeline alert={alert} />,
    <Conversation alert={alert} />,
    <Notifications alert={alert} />,
  ];
  const facts = <Facts alert={alert} />;
  const isOpen = alert.state === "open";
  return (
    <div class="alert-parts">
      <AzureBanner alert={alert} />
      {isOpen
        ? [happened, why, resource, facts, timeline, proof, talk]
        : [talk, timeline, proof, happened, resource, facts, why]}
      <RawPayload alert={alert} />
    </div>
  );
}

function DeskParts({ alert }: { alert: AlertDetail }) {
  return (
    <div class="alert-columns">
      <div class="alert-parts">
        <WhatHappened alert={alert} />
        <Why alert={alert} />
        <Resource alert={alert} />
        <Facts alert={alert} />
        <Notifications alert={alert} />
        <RawPayload alert={alert} />
      </div>
      <aside class="alert-parts" aria-label="State and conversation">
        <StateCard alert={alert} />
        <AzureCard alert={alert} />
        <Conversation alert={alert} />
        <Timeline alert={alert} />
      </aside>
    </div>
  );
}

/** There is no such alert, it is another team's, or it could not be read. */
function NoAlert({ problem, retry }: { problem: Problem | Unreachable | null; retry: () => void }) {
  if (problem === null) {
    return (
      <Shell place="alerts">
        <h1 class="hidden-text">Alert</h1>
        <Skeleton />
      </Shell>
    );
  }
  const isGone = problem instanceof Problem && problem.status === 404;
  const isForbidden = problem instanceof Problem && problem.status === 403;
  return (
    <Shell place="alerts">
      <h1 class="page-title">
        {isGone ? "This alert is not here" : isForbidden ? "This alert is another team's" : "Alert"}
      </h1>
      {isGone && <p class="second">It may have been deleted by retention, or belongs to another team.</p>}
      {isForbidden && <p class="second">{problem.message}</p>}
      {!isGone && !isForbidden && <Failure problem={problem} retry={retry} what="this alert" />}
      <p class="banner-actions">
        <a class="button button-line" href="/alerts">
          Open the alerts
        </a>
      </p>
    </Shell>
  );
}

function useAlertKeys(alert: AlertListItem | null, order: Neighbours | null): void {
  const { route } = useLocation();
  const go = (id: string | null | undefined) => {
    if (id) route(`/alerts/${id}`);
  };
  const give = (kind: AnswerKind) => {
    if (alert === null || !answersFor(alert, viewer.value.person.id).includes(kind)) return;
    if (!mayAnswer()) return tellNoRole();
    if (kind === "close") closing.value = true;
    else void answer(alert, kind);
  };
  useKeys({
    j: { does: "Next alert", run: () => go(order?.after) },
    k: { does: "Alert before", run: () => go(order?.before) },
    a: { does: "Acknowledge", run: () => give("acknowledge") },
    t: { does: "Take", run: () => give("take") },
    c: { does: "Close", run: () => give("close") },
    m: { does: "Write to the team", run: focusComposer },
    ...placeKeys(route),
    "?": { does: "This list", run: () => (keysHelpIsOpen.value = true) },
    Escape: { does: "Back to the alerts", run: () => route("/alerts") },
  });
}
