import { z } from "zod";
import type { World } from "../world.ts";
import { type AlertRecord, alertRecordSchema, type Modification, modification } from "./alert-record.ts";
import type { AlertState } from "./signal.ts";

/** Azure keeps an alert 30 days and then deletes it (azure-monitor-docs, alerts-manage-alert-instances). */
export const RETENTION_MS = 30 * 24 * 3_600_000;
/** Beyond it the oldest are dropped, so that a script left running does not fill the memory. */
const ALERTS_MAX = 50_000;
const STATE_NAME = "alerts";
const snapshotSchema = z.array(alertRecordSchema);

/** How Azure names itself in the history. */
export const SYSTEM_USER = "System";

/**
 * The alerts that the simulated Azure holds, remembered between starts. Answers never contain an alert past its
 * retention. Changes are made here only, each with its entry in the history.
 *
 *   monitor condition:  Fired ----resolve----> Resolved      (the system's)
 *   state:              New <--> Acknowledged <--> Closed    (people's and programs'; every transition is allowed)
 */
export class AlertStore {
  readonly #world: World;
  readonly #alerts = new Map<string, AlertRecord>();

  /** Reads what an earlier start left. Throws when the file is not one of ours. */
  constructor(world: World) {
    this.#world = world;
    const stored = world.state.load(STATE_NAME);
    if (stored === undefined || stored === null) return;
    const parsed = snapshotSchema.safeParse(stored);
    if (!parsed.success) {
      throw new Error(
        `the sandbox's stored alerts cannot be read; start with --fresh: ${z.prettifyError(parsed.error)}`,
      );
    }
    for (const alert of parsed.data) this.#alerts.set(alert.guid, alert);
  }

  /** All alerts that Azure still has, in order of firing. */
  all(): AlertRecord[] {
    return [...this.#alerts.values()].filter((alert) => this.#isKept(alert));
  }

  /** The alert of a GUID; undefined when unknown or deleted after its 30 days. */
  get(guid: string): AlertRecord | undefined {
    const alert = this.#alerts.get(guid.toLowerCase());
    return alert !== undefined && this.#isKept(alert) ? alert : undefined;
  }

  /** Takes in a new alert; its history begins with the creation. */
  add(alert: Omit<AlertRecord, "history">): AlertRecord {
    const created = modification({
      event: "AlertCreated",
      at: alert.firedAt,
      by: SYSTEM_USER,
      description: "New alert is created",
    });
    const record: AlertRecord = { ...alert, history: [created] };
    this.#alerts.set(record.guid, record);
    if (this.#alerts.size > ALERTS_MAX) this.#alerts.delete(this.#alerts.keys().next().value!);
    this.#save();
    return record;
  }

  /** The condition ended. Resolving what is resolved already changes nothing; the answer says whether it did. */
  resolve(alert: AlertRecord, at: number): boolean {
    if (alert.resolvedAt !== null) return false;
    alert.resolvedAt = at;
    this.#change(alert, {
      event: "MonitorConditionChange",
      oldValue: "Fired",
      newValue: "Resolved",
      at,
      by: SYSTEM_USER,
      description: "Monitor condition changed from 'Fired' to 'Resolved'",
    });
    return true;
  }

  /** A person or program answers. The same state again is accepted and leaves an entry only for its comment. */
  changeState(alert: AlertRecord, state: AlertState, by: string, comments: string): void {
    const old = alert.state;
    if (old === state && comments === "") return;
    alert.state = state;
    this.#change(alert, {
      event: "StateChange",
      oldValue: old,
      newValue: state,
      at: this.#world.now(),
      by,
      comments,
      description: `State changed from '${old}' to '${state}'`,
    });
  }

  /** Notes what became of the action groups; leaves the modification time alone, as no property changed. */
  noteActions(alert: AlertRecord, entry: Parameters<typeof modification>[0]): void {
    alert.history.push(modification(entry));
    this.#save();
  }

  /** As if its 30 days were over. */
  delete(guid: string): boolean {
    const deleted = this.#alerts.delete(guid.toLowerCase());
    if (deleted) this.#save();
    return deleted;
  }

  #change(alert: AlertRecord, entry: Parameters<typeof modification>[0]): void {
    const change: Modification = modification(entry);
    alert.history.push(change);
    alert.modifiedAt = change.at;
    alert.modifiedBy = change.by;
    this.#save();
  }

  #isKept(alert: AlertRecord): boolean {
    return this.#world.now() - alert.firedAt < RETENTION_MS;
  }

  #save(): void {
    this.#world.state.save(STATE_NAME, () => this.all());
  }
}
