import type { SourceEvent } from "../alert/event.ts";
import type { NewAlertPlan } from "../ingest/intake.ts";
import { parseAlertId } from "../sources/azure-monitor/alert-id.ts";
import { NO_WRITE_REASONS, type WriteBackRules } from "./plan.ts";

/** How a new alert stands with Azure from the start: may it be read and written at all, and if not, why (threats I5). */
export function initialSync(
  event: SourceEvent,
  rules: WriteBackRules,
  problem: string | null,
): Pick<NewAlertPlan, "sync" | "syncAdvice"> {
  const target = parseAlertId(event.alertId);
  if (problem !== null) return { sync: "off", syncAdvice: null };
  if (!target) return { sync: "unknown-to-azure", syncAdvice: NO_WRITE_REASONS["no-azure-id"] };
  if (!rules.subscriptions.includes(target.subscriptionId)) {
    return { sync: "not-configured", syncAdvice: NO_WRITE_REASONS["subscription-not-configured"] };
  }
  return rules.writeBack ? { sync: "in-step", syncAdvice: null } : { sync: "off", syncAdvice: null };
}
