const operation = (name: string, resource: string, verb: string, description: string) => ({
  name: `Microsoft.AlertsManagement/${name}`,
  isDataAction: false,
  display: { provider: "Microsoft.AlertsManagement", resource, operation: verb, description },
  origin: "user,system",
});

/** What `GET /providers/Microsoft.AlertsManagement/operations` lists: the actions that the sandbox knows. */
export const PROVIDER_OPERATIONS = [
  operation("alerts/read", "alerts", "Read alerts", "Reads alerts, one or many."),
  operation("alerts/changestate/action", "alerts", "Change alert state", "Sets the state of an alert."),
  operation("alerts/history/read", "alerts", "Read alert history", "Reads what happened to an alert."),
  operation("alertsSummary/read", "alertsSummary", "Read alerts summary", "Reads counts of alerts."),
  operation("alertsMetaData/read", "alertsMetaData", "Read alerts metadata", "Reads the names of the services."),
  operation("actionRules/read", "actionRules", "Read processing rules", "Reads alert processing rules."),
  operation("actionRules/write", "actionRules", "Write processing rules", "Creates and changes processing rules."),
  operation("actionRules/delete", "actionRules", "Delete processing rules", "Deletes alert processing rules."),
];
