import type { AlertRecord } from "../alert-record.ts";

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
/** First day of the month in which the alert fired, `YYYY-MM-DD`. */
const budgetStart = (alert: AlertRecord) => `${new Date(alert.firedAt).toISOString().slice(0, 7)}-01`;
const subscriptionScope = (alert: AlertRecord) => `/subscriptions/${alert.subscriptionId}/`;

/** `alertContext` of a budget: value is what was spent, threshold what was planned. */
export const costBudgetContext = (alert: AlertRecord) => ({
  AlertCategory: "budgets",
  AlertData: {
    Scope: subscriptionScope(alert),
    ThresholdType: "Actual",
    BudgetType: "Cost",
    BudgetThreshold: dollars.format(alert.measurement.threshold),
    NotificationThresholdAmount: dollars.format(alert.measurement.threshold),
    BudgetName: alert.rule,
    BudgetId: `${subscriptionScope(alert)}providers/Microsoft.Consumption/budgets/${alert.rule}`,
    BudgetStartDate: budgetStart(alert),
    BudgetCreator: "finance@contoso.example",
    Unit: "USD",
    SpentAmount: dollars.format(alert.measurement.value),
  },
});

/** What a budget posts to receivers without the common schema. */
export const costBudgetLegacyPayload = (alert: AlertRecord) => ({
  schemaId: "AIP Budget Notification",
  data: {
    SubscriptionName: "Contoso Production",
    SubscriptionId: alert.subscriptionId,
    SpendingAmount: String(alert.measurement.value),
    BudgetStartDate: budgetStart(alert),
    Budget: String(alert.measurement.threshold),
    Unit: "USD",
    BudgetCreator: "finance@contoso.example",
    BudgetName: alert.rule,
    BudgetType: "Cost",
    NotificationThresholdAmount: String(alert.measurement.threshold),
  },
});
