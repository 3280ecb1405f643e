import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { Banner } from "../parts/banner.tsx";
import { Brand } from "../parts/brand.tsx";
import { Icon } from "../parts/icon.tsx";
import { signInHref } from "../route.ts";

/** What the server may say about a sign-in that failed (`?problem=`). Only these words are shown, never text of an address. */
const PROBLEMS: Record<string, { title: string; advice: string }> = {
  consent: {
    title: "Your tenant has not allowed Watchbell yet.",
    advice: "An administrator of your tenant has to consent once.",
  },
  clock: { title: "The clocks of this server and Entra differ.", advice: "An administrator sets the server's clock." },
  "cookie-blocked": {
    title: "This browser did not keep the cookie of the sign-in.",
    advice: "Allow cookies for this site, then try again.",
  },
  expired: { title: "The sign-in took too long.", advice: "Sign in again; it has to be finished within 10 minutes." },
  unreachable: { title: "Entra does not answer.", advice: "Try again in a minute. Alerts are still sent meanwhile." },
  configuration: {
    title: "Entra refuses this installation.",
    advice: "An administrator runs `watchbell doctor`: it names what is wrong.",
  },
  refused: { title: "Entra refused the sign-in.", advice: "Try again, or use another work account." },
  "not-allowed": {
    title: "Your account has no role in Watchbell.",
    advice: "An administrator of your tenant gives it: Entra, Enterprise applications, Watchbell, Users and groups.",
  },
};
const OTHER_PROBLEM = { title: "The sign-in did not finish.", advice: "Try again." };

export function SignInPage() {
  const { query, path } = useLocation();
  useEffect(() => {
    document.title = "Sign in · Watchbell";
  }, []);
  const code = path === "/not-allowed" ? "not-allowed" : query["problem"];
  const problem = code === undefined ? null : (PROBLEMS[code] ?? OTHER_PROBLEM);
  return (
    <div class="sign-in">
      <main id="main" class="sign-in-box">
        <Brand />
        <h1>Watchbell</h1>
        <p class="second">
          On-call for <b>{location.hostname}</b>
        </p>
        {problem !== null && (
          <Banner tone="critical" icon="circle-x" title={problem.title} role="alert">
            <p class="second">{problem.advice}</p>
          </Banner>
        )}
        <a class="button button-primary button-answer" href={signInHref(query["return"] ?? null)}>
          <svg class="icon microsoft" viewBox="0 0 21 21" aria-hidden="true">
            <path d="M0 0h10v10H0zM11 0h10v10H11zM0 11h10v10H0zM11 11h10v10H11z" />
          </svg>
          Sign in with Microsoft
        </a>
        <p class="meta">Use your work account. Access is given by your administrator.</p>
        <HomeScreenHint />
      </main>
      <footer class="meta">Runs in your own Azure subscription</footer>
    </div>
  );
}

/** Nothing to say once it is opened from the home screen. */
function HomeScreenHint() {
  if (matchMedia("(display-mode: standalone)").matches) return null;
  return (
    <div class="banner">
      <Icon name="bell-ring" />
      <div class="grow">
        <p>
          <b>On a phone?</b>
        </p>
        <p class="second">Add Watchbell to the home screen first. On iPhone, alerts can ring only from there.</p>
        <details>
          <summary>Show me how</summary>
          <p class="second">
            iPhone: Share, then Add to Home Screen. Android: the browser's menu, then Add to Home screen.
          </p>
        </details>
      </div>
    </div>
  );
}
