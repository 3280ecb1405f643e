import { usePageTitle } from "../page-title.ts";
import { Shell } from "../parts/shell.tsx";

export function NotFoundPage() {
  usePageTitle("Not found");
  return (
    <Shell place="alerts">
      <h1>Nothing here by that name</h1>
      <p class="second">
        The address may be old. <a href="/alerts">Open the alerts</a>
      </p>
    </Shell>
  );
}
