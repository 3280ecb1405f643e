import { DATA_RULES } from "./data-rules.ts";
import { NETWORK_RULES } from "./network-rules.ts";
import { DIAGNOSTIC_RULES, OPERATION_RULES } from "./operation-rules.ts";
import { PERMISSION_RULES } from "./permission-rules.ts";
import type { ResourceRule, StackRule } from "./rule.ts";
import { OUTPUT_RULES, SECRET_RULES } from "./secret-rules.ts";

/** All rules of the pack; docs/review.md lists them. */
export const RESOURCE_RULES: readonly ResourceRule[] = [
  ...PERMISSION_RULES,
  ...NETWORK_RULES,
  ...SECRET_RULES,
  ...DATA_RULES,
  ...OPERATION_RULES,
];
export const STACK_RULES: readonly StackRule[] = [...OUTPUT_RULES, ...DIAGNOSTIC_RULES];
