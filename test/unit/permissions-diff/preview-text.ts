import { UNKNOWN } from "../../../src/permissions-diff/state-values.ts";

/** Builds what `pulumi preview --json` prints, in the shape of Pulumi's sdk/go/common/display/json.go. */

type Inputs = Record<string, unknown>;

export interface Step {
  op?: string;
  type: string;
  name?: string;
  old?: Inputs;
  new?: Inputs;
  /** Outputs of the old state. */
  outputs?: Inputs;
  propertyDependencies?: Record<string, string[]>;
  external?: boolean;
}

export const urnOf = (type: string, name: string) => `urn:pulumi:dev::watchbell::watchbell:infra:Part$${type}::${name}`;

export function previewText(steps: Step[], diagnostics: { severity: string; message: string }[] = []): string {
  return JSON.stringify({
    config: {},
    steps: steps.map(stepOf),
    diagnostics: diagnostics.map((each) => ({ ...each, prefix: "error: ", urn: "" })),
    duration: 1_500_000_000,
    changeSummary: { update: steps.length },
  });
}

function stepOf(step: Step): object {
  const urn = urnOf(step.type, step.name ?? "thing");
  const state = (inputs: Inputs) => ({
    urn,
    custom: true,
    type: step.type,
    inputs,
    parent: "urn:pulumi:dev::watchbell::pulumi:pulumi:Stack::watchbell-dev",
    ...(step.external ? { external: true } : {}),
  });
  const op = step.op ?? (step.old === undefined ? "create" : step.new === undefined ? "delete" : "update");
  return {
    op,
    urn,
    provider: "urn:pulumi:dev::watchbell::pulumi:providers:azure-native::default_3_28_0::04da6b54",
    ...(step.old === undefined
      ? {}
      : { oldState: { ...state(step.old), id: "old-id", outputs: step.outputs ?? step.old } }),
    ...(step.new === undefined
      ? {}
      : { newState: { ...state(step.new), propertyDependencies: step.propertyDependencies ?? null } }),
  };
}

export const ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment";
export const ROLE_DEFINITION = "azure-native:authorization:RoleDefinition";
export const SUBSCRIPTION = "/subscriptions/5ab5c71e-0000-4000-8000-000000000002";
export const PRINCIPAL = "0b1ec700-0000-4000-8000-000000000007";
export const OWNER_ROLE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
export { UNKNOWN };

export const roleId = (guid: string) => `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;

export const assignment = (over: Inputs = {}): Inputs => ({
  scope: SUBSCRIPTION,
  principalId: PRINCIPAL,
  principalType: "ServicePrincipal",
  roleDefinitionId: roleId("f4c81013-99ee-4d62-a7ee-b3f1f648599a"),
  ...over,
});

export const definition = (actions: unknown): Inputs => ({
  roleName: "Watchbell dev",
  roleDefinitionId: "11111111-1111-5111-8111-111111111111",
  scope: SUBSCRIPTION,
  assignableScopes: [SUBSCRIPTION],
  permissions: actions === UNKNOWN ? UNKNOWN : [{ actions, notActions: [], dataActions: [], notDataActions: [] }],
});
