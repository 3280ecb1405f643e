import {
  PolicyPack,
  type PolicyResource,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import { typeWithoutVersion } from "../../src/permissions-diff/preview.ts";
import { knownValues } from "./known-values.ts";
import type { ResourceRule, StackResource, StackRule } from "./rule.ts";
import { RESOURCE_RULES, STACK_RULES } from "./rules.ts";

/** Serves the rules to the engine: `pulumi preview --policy-pack infra/policy/watchbell-policy`. */

function toPolicy(rule: ResourceRule): ResourceValidationPolicy {
  return {
    ...textOf(rule),
    validateResource: ({ type, name, props, opts }, report) => {
      const plainType = typeWithoutVersion(type);
      if (!rule.types.includes(plainType)) return;
      // Reading what is not known ends the rule here, and the SDK says so as an advice.
      if (rule.needs !== undefined && props[rule.needs] === undefined) return;
      const resource = { type: plainType, name, inputs: knownValues(props), isProtected: opts.protect };
      for (const violation of rule.violations(resource)) report(violation);
    },
  };
}

function toStackPolicy(rule: StackRule): StackValidationPolicy {
  return {
    ...textOf(rule),
    validateStack: ({ resources }, report) => {
      for (const { urn, message } of rule.stackViolations(resources.map(toStackResource))) report(message, urn);
    },
  };
}

function toStackResource({ type, name, urn, props, opts, propertyDependencies }: PolicyResource): StackResource {
  const sources = Object.entries(propertyDependencies).map(([input, from]) => [input, from.map((each) => each.urn)]);
  return {
    type: typeWithoutVersion(type),
    name,
    urn,
    inputs: knownValues(props),
    isProtected: opts.protect,
    sources: Object.fromEntries(sources) as Record<string, string[]>,
  };
}

const textOf = ({ name, level, description, reason }: ResourceRule | StackRule) => ({
  name,
  description: `${description} ${reason}`,
  enforcementLevel: level,
});

new PolicyPack("watchbell", { policies: [...RESOURCE_RULES.map(toPolicy), ...STACK_RULES.map(toStackPolicy)] });
