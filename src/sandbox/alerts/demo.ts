import type { z } from "zod";
import { type alertRequestSchema, toAlertRequest } from "./alert-request.ts";
import type { AlertsWorld } from "./alerts-world.ts";

type DemoAlert = z.input<typeof alertRequestSchema> & { resolvedAtOnce?: boolean };

const group = (subscriptionId: string, name: string) =>
  `/subscriptions/${subscriptionId}/resourceGroups/${name}/providers`;

/** A believable evening of the demonstration's subscription, in the order in which it happens. */
function demoAlerts(subscriptionId: string): DemoAlert[] {
  const payments = group(subscriptionId, "rg-payments-prod");
  const platform = group(subscriptionId, "rg-platform-prod");
  return [
    {
      rule: "vmss-checkout-prod scaled out",
      severity: "Sev4",
      kind: "activity-autoscale",
      resourceId: `${payments}/Microsoft.Compute/virtualMachineScaleSets/vmss-checkout-prod`,
      description: "Autoscale added an instance to the checkout scale set.",
    },
    {
      rule: "Certificate of api.contoso.example expires within 14 days",
      severity: "Sev3",
      kind: "log-v2",
      resourceId: `${platform}/Microsoft.OperationalInsights/workspaces/law-platform-prod`,
      description: "Renew the certificate in kv-platform-prod and bind it to the gateway.",
      searchQuery: "CertificateInventory | where DaysLeft < 14 | summarize count() by Name",
      metricName: "DaysLeft",
      value: 13,
      threshold: 14,
      dimensions: { Name: "api-contoso-example" },
    },
    {
      rule: "Queue length of orders above 5000",
      severity: "Sev3",
      kind: "metric-dynamic",
      resourceId: `${platform}/Microsoft.ServiceBus/namespaces/sb-orders-prod`,
      description: "Orders pile up in the queue.",
      metricName: "ActiveMessages",
      value: 7_412,
      threshold: 5_000,
      resolvedAtOnce: true,
    },
    {
      rule: "Azure Key Vault - West Europe",
      severity: "Sev2",
      kind: "service-health",
      description: "Azure Key Vault - intermittent failures in West Europe",
    },
    {
      rule: "Failed payments above 10 in 15 minutes",
      severity: "Sev2",
      kind: "log-v2",
      resourceId: `${payments}/Microsoft.OperationalInsights/workspaces/law-payments-prod`,
      description: "More payments fail than the card schemes' usual noise. Runbook: payments/failed-authorisations.",
      searchQuery: 'PaymentEvents | where Result == "failed" | summarize count() by Scheme',
      metricName: "count_",
      value: 37,
      threshold: 10,
      dimensions: { Scheme: "Visa" },
      customProperties: { team: "payments", runbook: "payments/failed-authorisations" },
    },
    {
      rule: "Replica lag above 300 s",
      severity: "Sev1",
      kind: "metric-static",
      resourceId: `${payments}/Microsoft.DBforPostgreSQL/flexibleServers/psql-payments-replica`,
      description: "The read replica falls behind; reports and the back office read stale data.",
      metricName: "physical_replication_delay_in_seconds",
      value: 482,
      threshold: 300,
    },
    {
      rule: "CPU above 90 percent",
      severity: "Sev0",
      kind: "metric-static",
      resourceId: `${payments}/Microsoft.Compute/virtualMachines/vm-payments-prod-03`,
      description: "Processor of the payment gateway is saturated; authorisations time out.",
      metricName: "Percentage CPU",
      value: 96.4,
      threshold: 90,
      customProperties: { team: "payments", environment: "production" },
    },
  ];
}

/** Fires the demonstration's alerts; one of them is over at once. The answers are the full ARM ids, in order. */
export function fireDemoAlerts(alerts: AlertsWorld, subscriptionId: string): string[] {
  return demoAlerts(subscriptionId).map(({ resolvedAtOnce, ...input }) => {
    const alert = alerts.fire(toAlertRequest(input));
    if (resolvedAtOnce === true) alerts.resolve(alert);
    return alerts.alertIdOf(alert);
  });
}
