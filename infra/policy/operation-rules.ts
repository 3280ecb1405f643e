import { isHidden, recordAt } from "../../src/permissions-diff/state-values.ts";
import type { ResourceRule, StackRule } from "./rule.ts";

/** Tags of every resource (infra/naming.ts); the first tells a bill or a clean-up whose it is. */
const TAGS = ["product", "environment", "managedBy"];
const WITH_TAGS = [
  "azure-native:app:ContainerApp",
  "azure-native:app:ManagedEnvironment",
  "azure-native:alertsmanagement:AlertProcessingRuleByName",
  "azure-native:containerregistry:Registry",
  "azure-native:dbforpostgresql:Server",
  "azure-native:keyvault:Secret",
  "azure-native:keyvault:Vault",
  "azure-native:logic:Workflow",
  "azure-native:managedidentity:UserAssignedIdentity",
  "azure-native:monitor:ActionGroup",
  "azure-native:monitor:ActivityLogAlert",
  "azure-native:monitor:ScheduledQueryRule",
  "azure-native:network:NetworkSecurityGroup",
  "azure-native:network:VirtualNetwork",
  "azure-native:operationalinsights:Workspace",
  "azure-native:privatedns:PrivateZone",
  "azure-native:privatedns:VirtualNetworkLink",
  "azure-native:resources:ResourceGroup",
];
const WITH_LOGS = [
  "azure-native:app:ManagedEnvironment",
  "azure-native:containerregistry:Registry",
  "azure-native:dbforpostgresql:Server",
  "azure-native:keyvault:Vault",
  "azure-native:logic:Workflow",
  "azure-native:network:NetworkSecurityGroup",
  "azure-native:network:VirtualNetwork",
  "azure-native:operationalinsights:Workspace",
];
const DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting";

export const OPERATION_RULES: readonly ResourceRule[] = [
  {
    name: "tags",
    level: "mandatory",
    description: "Every resource says by tags which product and environment it belongs to and what manages it.",
    reason: "Whoever finds it must know that it is not changed by hand.",
    types: WITH_TAGS,
    violations: ({ inputs }) => {
      if (isHidden(inputs["tags"])) return ["its tags are not known before the deployment: write them out"];
      const tags = recordAt(inputs, "tags");
      return TAGS.filter((name) => !tags[name]).map((name) => `tag ${name} is missing`);
    },
  },
];

export const DIAGNOSTIC_RULES: readonly StackRule[] = [
  {
    name: "diagnostics",
    level: "advisory",
    description: "Whatever writes logs sends them to the workspace.",
    reason:
      "Rules about the whole stack are asked at its end, when an `up` has made the resources: stopping helps no more.",
    stackViolations: (resources) => {
      const observed = new Set(
        resources.filter(({ type }) => type === DIAGNOSTICS).flatMap(({ sources }) => sources["resourceUri"] ?? []),
      );
      return resources
        .filter(({ type, urn }) => WITH_LOGS.includes(type) && !observed.has(urn))
        .map(({ urn, name }) => ({ urn, message: `${name} has no diagnostic setting` }));
    },
  },
];
