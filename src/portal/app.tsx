import { useEffect, useLayoutEffect } from "preact/hooks";
import { LocationProvider, Route, Router, useLocation } from "preact-iso";
import { AlertPage } from "./pages/alert.tsx";
import { HealthPage } from "./pages/health.tsx";
import { InboxPage } from "./pages/inbox.tsx";
import { MePage } from "./pages/me.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { Failure } from "./parts/failure.tsx";
import { KeysHelp } from "./parts/keys-help.tsx";
import { LiveRegions, NoticeBar } from "./parts/notice-bar.tsx";
import { Skeleton } from "./parts/skeleton.tsx";
import { PORTAL_PATHS } from "./return-path.ts";
import { setNavigator } from "./route.ts";
import { loadSession, session } from "./store.ts";

/** The whole portal: who is signed in decides between sign-in and the pages; the address decides between the pages. */
export function App() {
  return (
    <LocationProvider scope={PORTAL_PATHS}>
      <Pages />
      <NoticeBar />
      <KeysHelp />
      <LiveRegions />
    </LocationProvider>
  );
}

function Pages() {
  const { route, path, url } = useLocation();
  const { kind } = session.value;
  const isSignIn = path === "/sign-in" || path === "/not-allowed";
  useLayoutEffect(() => setNavigator(route));
  useEffect(() => {
    if (kind === "signed-out" && !isSignIn) route(`/sign-in?return=${encodeURIComponent(url)}`, true);
    if (kind === "signed-in" && (isSignIn || path === "/")) route("/alerts", true);
  }, [kind, path]);
  if (isSignIn || kind === "signed-out") return <SignInPage />;
  if (session.value.kind === "failed") {
    return (
      <main class="page page-narrow">
        <h1>Watchbell</h1>
        <Failure problem={session.value.problem} retry={() => void loadSession()} what="who is signed in" />
      </main>
    );
  }
  if (kind === "loading") return <Skeleton />;
  return (
    <Router onRouteChange={focusPage}>
      <Route path="/" component={InboxPage} />
      <Route path="/alerts" component={InboxPage} />
      <Route path="/alerts/:id" component={AlertPage} />
      <Route path="/health" component={HealthPage} />
      <Route path="/me" component={MePage} />
      <Route default component={NotFoundPage} />
    </Router>
  );
}

/** After a change of page the keyboard and the screen reader start at its beginning. */
function focusPage(): void {
  document.getElementById("main")?.focus({ preventScroll: true });
}
