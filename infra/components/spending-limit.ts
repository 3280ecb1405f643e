import { Budget, type BudgetArgs } from "@pulumi/azure-native/consumption/budget.js";
import * as pulumi from "@pulumi/pulumi";

export interface SpendingLimitArgs {
  resourceGroupId: pulumi.Input<string>;
  budgetName: string;
  /** A month, in the currency of the bill. */
  amount: number;
  operators: readonly string[];
  /** Epoch milliseconds. */
  now: number;
}

/** Mails to the operators when the group costs more than planned. It stops nothing: Azure's budgets only tell. */
export class SpendingLimit extends pulumi.ComponentResource {
  constructor(name: string, args: SpendingLimitArgs, options?: pulumi.ComponentResourceOptions) {
    super("watchbell:infra:SpendingLimit", name, {}, options);
    // Azure takes only a start within the month of creation, and it moves with every run: it counts once.
    new Budget(name, budgetArgs(args), { parent: this, ignoreChanges: ["timePeriod"] });
    this.registerOutputs();
  }
}

export function budgetArgs({ resourceGroupId, budgetName, amount, operators, now }: SpendingLimitArgs): BudgetArgs {
  const today = new Date(now);
  const notice = (thresholdType: "Actual" | "Forecasted", threshold: number) => ({
    enabled: true,
    operator: "GreaterThan",
    threshold,
    thresholdType,
    contactEmails: [...operators],
  });
  return {
    scope: resourceGroupId,
    budgetName,
    category: "Cost",
    amount,
    timeGrain: "Monthly",
    timePeriod: { startDate: new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 1)).toISOString() },
    notifications: {
      actual80: notice("Actual", 80),
      actual100: notice("Actual", 100),
      forecast100: notice("Forecasted", 100),
    },
  };
}
