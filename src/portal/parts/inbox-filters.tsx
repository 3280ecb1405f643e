import { signal } from "@preact/signals";
import { useLocation } from "preact-iso";
import type { Filter } from "../inbox-order.ts";
import { isDesk } from "../preferences.ts";
import { severityWord } from "../words.ts";
import { Icon } from "./icon.tsx";
import { Key } from "./key.tsx";

const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
/** On a phone the fields come after a tap on the magnifier. */
const isOpen = signal(false);

export function focusSearch(): void {
  isOpen.value = true;
  requestAnimationFrame(() => document.getElementById("inbox-search")?.focus());
}

/** Search and severity; both stand in the address. */
export function InboxFilters({ filter }: { filter: Filter }) {
  const { route } = useLocation();
  const set = (change: Partial<Filter>) => {
    const next = { ...filter, ...change };
    const query = new URLSearchParams({ tab: next.tab });
    if (next.query !== "") query.set("q", next.query);
    if (next.severity) query.set("severity", next.severity);
    route(`/alerts?${query}`, true);
  };
  const isShown = isDesk.value || isOpen.value || filter.query !== "" || filter.severity !== null;
  return (
    <search class="filters">
      {!isDesk.value && (
        <button
          type="button"
          class="button button-quiet button-icon"
          aria-label="Search and filter"
          aria-expanded={isShown}
          onClick={() => {
            if (isShown) isOpen.value = false;
            else focusSearch();
            if (isShown) set({ query: "", severity: null });
          }}
        >
          <Icon name={isShown ? "x" : "search"} />
        </button>
      )}
      {isShown && (
        <div class="filter-fields">
          <label class="field field-search">
            <Icon name="search" size="small" />
            <span class="hidden-text">Search</span>
            <input
              id="inbox-search"
              type="search"
              placeholder="Search title, resource, person"
              value={filter.query}
              onInput={(event) => set({ query: event.currentTarget.value })}
            />
            {isDesk.value && <Key name="/" />}
          </label>
          <label class="field">
            <span class="hidden-text">Severity</span>
            <select
              value={filter.severity ?? ""}
              onChange={(event) => set({ severity: event.currentTarget.value || null })}
            >
              <option value="">Every severity</option>
              {SEVERITIES.map((severity) => (
                <option key={severity} value={severity}>
                  {severityWord(severity)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
    </search>
  );
}
