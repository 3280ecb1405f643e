import { createSystemClock } from "../../platform/clock.ts";
import { type ActionGroups, createActionGroups } from "../action-groups/action-groups.ts";
import { postWebhook } from "../action-groups/webhook-post.ts";
import { createControlPage } from "../pages/control-page.ts";
import type { SandboxPart } from "../world.ts";
import { createAlertControl } from "./alert-control.ts";
import { AlertStore } from "./alert-store.ts";
import { createAlertsManagement } from "./alerts-management.ts";
import { type AlertsWorld, createAlertsWorld } from "./alerts-world.ts";
import type { AlertCore } from "./port.ts";

/** The alert parts of a sandbox, and the object that fires alerts in it. */
export interface AlertParts {
  parts: SandboxPart[];
  alerts: AlertsWorld;
}

/** Timer and transport of the webhooks; tests give their own. */
export interface AlertTools {
  clock: Parameters<typeof createActionGroups>[2];
  post: Parameters<typeof createActionGroups>[3];
}

/** Composes store, action groups, ARM routes, control API and control page over one core. */
export function composeAlerts(core: AlertCore, tools?: AlertTools): AlertParts & { actionGroups: ActionGroups } {
  const store = new AlertStore(core.world);
  const { clock, post } = tools ?? { clock: createSystemClock(), post: postWebhook };
  const actionGroups = createActionGroups(core, store, clock, post);
  const alerts = createAlertsWorld(core.world, store, actionGroups);
  const page = createControlPage(core.world, alerts, actionGroups);
  return { parts: [createAlertsManagement(core, store), createAlertControl(alerts), page], alerts, actionGroups };
}

/** What the sandbox's composition calls when nobody fires alerts in the program. */
export const createAlertParts = (core: AlertCore): SandboxPart[] => composeAlerts(core).parts;
