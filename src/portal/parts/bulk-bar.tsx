import type { AlertListItem } from "../../api/contract.ts";
import { giveToTargets, selectedIds } from "../selection.ts";
import { Icon } from "./icon.tsx";
import { Key } from "./key.tsx";

/** Answers for the selected alerts; it replaces the bar of places. */
export function BulkBar({
  alerts,
  onClose,
}: {
  alerts: readonly AlertListItem[];
  onClose: (chosen: readonly AlertListItem[]) => void;
}) {
  return (
    <section class="bulk-bar" aria-label="Answers for the selected alerts">
      <b class="grow">{selectedIds.value.size} selected</b>
      <button
        type="button"
        class="button button-small button-primary"
        onClick={() => giveToTargets(alerts, "acknowledge")}
      >
        <Icon name="check" size="small" />
        Acknowledge <Key name="A" />
      </button>
      <button type="button" class="button button-small button-line" onClick={() => giveToTargets(alerts, "take")}>
        Take <Key name="T" />
      </button>
      <button type="button" class="button button-small button-line" onClick={() => giveToTargets(alerts, onClose)}>
        Close… <Key name="C" />
      </button>
      <button type="button" class="button button-small button-quiet" onClick={() => (selectedIds.value = new Set())}>
        Clear <Key name="Esc" />
      </button>
    </section>
  );
}
