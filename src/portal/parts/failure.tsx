import { Problem, type Unreachable } from "../api.ts";
import { Banner } from "./banner.tsx";
import { Icon } from "./icon.tsx";

/** The part that could not be read says so in place: what happened, what to do, try again. */
export function Failure({ problem, retry, what }: { problem: Problem | Unreachable; retry: () => void; what: string }) {
  const isAnswer = problem instanceof Problem;
  const title = isAnswer ? problem.message : `Could not read ${what}: the server does not answer.`;
  const advice = isAnswer ? problem.advice : navigator.onLine ? "It may be restarting." : "This device is offline.";
  return (
    <Banner tone="warn" icon={isAnswer ? "triangle-alert" : "wifi-off"} title={title} role="alert">
      {advice !== "" && <p class="second">{advice}</p>}
      <p class="banner-actions">
        <button type="button" class="button button-line button-small" onClick={retry}>
          <Icon name="refresh-cw" size="small" />
          Try again
        </button>
      </p>
    </Banner>
  );
}
