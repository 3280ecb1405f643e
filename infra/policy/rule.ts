import type { Values } from "../../src/permissions-diff/state-values.ts";

/**
 * What every rule of the pack is: a pure function from a resource's inputs to sentences about what is wrong with them. A
 * value that a preview cannot know is `UNKNOWN` (state-values.ts), and each rule decides what that means: left to itself
 * the policy engine would turn a mandatory rule into an advice, and the change would pass.
 */
export interface Resource {
  /** Without the version of the provider's module. */
  type: string;
  /** Logical name in the program. */
  name: string;
  inputs: Values;
  /** Option `protect`. */
  isProtected: boolean;
}

/** `mandatory` stops preview and `up`; `advisory` is printed. */
export type Level = "mandatory" | "advisory";

interface RuleText {
  /** Kebab-case; by it a rule is configured (docs/review.md). */
  name: string;
  level: Level;
  /** What must hold, as a sentence. */
  description: string;
  /** Why it is mandatory, or why it is not. */
  reason: string;
}

export interface ResourceRule extends RuleText {
  /** Types that the rule looks at. */
  types: readonly string[];
  /**
   * Input that the SDK hides as a whole in the first preview, because a part of it is not known yet. Then the rule is not
   * asked and the preview says so; `up` asks it before the resource is made.
   */
  needs?: string;
  /** What is wrong, one sentence each; empty when all is well. */
  violations(resource: Resource): string[];
}

export interface StackResource extends Resource {
  urn: string;
  /** Input -> URNs of the resources that its value comes from. */
  sources: Readonly<Record<string, readonly string[]>>;
}

/** A rule about how resources belong together, asked once at the end. */
export interface StackRule extends RuleText {
  stackViolations(resources: readonly StackResource[]): { urn: string; message: string }[];
}
