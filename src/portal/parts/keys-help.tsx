import { signal } from "@preact/signals";
import { activeKeys } from "../keys.ts";
import { Dialog } from "./dialog.tsx";

export const keysHelpIsOpen = signal(false);

/** The keys of the page shown. */
export function KeysHelp() {
  if (!keysHelpIsOpen.value) return null;
  const close = () => {
    keysHelpIsOpen.value = false;
  };
  return (
    <Dialog title="Keys on this page" onClose={close}>
      <dl class="keys-list">
        {Object.entries(activeKeys.value).map(([key, { does }]) => (
          <div key={key}>
            <dt>
              <kbd>{key.length === 1 ? key.toUpperCase() : key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p class="second">Single letters can be switched off on the page Me.</p>
      <div class="sheet-actions">
        <button type="button" class="button button-answer" onClick={close}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
