import { isHidden, isRecord, listAt, recordAt, textAt, type Values } from "../../src/permissions-diff/state-values.ts";
import type { ResourceRule, StackRule } from "./rule.ts";

/** Names of values that are secrets; addresses and names of secrets are none. */
const SECRET_NAME = /(secret|password|passwd|private_?key|access_?key|api_?key|connection_?string|token)$/i;
/** Values that are secrets whatever they are called. */
const SECRET_VALUES = [
  /:\/\/[^/\s:@]+:[^/\s@]+@/,
  /\b(AccountKey|SharedAccessKey|SharedAccessSignature)=/i,
  /[?&](sig|code)=[\w%-]{16,}/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/,
  /\bwb_[\w-]{43}\b/,
];

/** Secrets lie in Key Vault, by reference everywhere else, and they end. */
export const SECRET_RULES: readonly ResourceRule[] = [
  {
    name: "no-secret-in-environment",
    level: "mandatory",
    description: "Environment variables of containers hold no secret; they refer to one.",
    reason: "Whoever may read the Container App would read it, and so would its revisions for ever.",
    types: ["azure-native:app:ContainerApp", "azure-native:app:Job"],
    violations: ({ inputs }) => [...plainSecrets(inputs), ...inlineSecrets(inputs)],
  },
  {
    name: "secrets-end",
    level: "mandatory",
    description: "Every secret and every credential of an application has an end.",
    reason: "What never ends is never rotated, and nobody notices that it leaked.",
    types: [
      "azure-native:keyvault:Secret",
      "azuread:index/applicationPassword:ApplicationPassword",
      "azuread:index/servicePrincipalPassword:ServicePrincipalPassword",
    ],
    violations: ({ type, inputs }) => withoutEnd(type, inputs),
  },
];

export const OUTPUT_RULES: readonly StackRule[] = [
  {
    name: "no-secret-in-outputs",
    level: "mandatory",
    description: "Outputs of the stack hold no secret; they name where it lies.",
    reason: "Outputs are printed by pipelines and read by other stacks.",
    stackViolations: (resources) =>
      resources
        .filter(({ type }) => type === "pulumi:pulumi:Stack")
        .flatMap(({ urn, inputs }) =>
          secretsIn(inputs).map((name) => ({ urn, message: `output ${name} looks like a secret` })),
        ),
  },
];

/** Names whose values are secret, by their name or by what they look like; members of objects too. */
export function secretsIn(values: Values): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (isRecord(value)) return secretsIn(value).map((member) => `${name}.${member}`);
    return typeof value === "string" && looksSecret(name, value) ? [name] : [];
  });
}

function looksSecret(name: string, value: string): boolean {
  if (value === "" || isHidden(value)) return false;
  if (SECRET_VALUES.some((pattern) => pattern.test(value))) return true;
  return SECRET_NAME.test(name) && !/^https:\/\/[\w.-]+\/(secrets|keys)\//.test(value);
}

function plainSecrets(inputs: Values): string[] {
  const template = recordAt(inputs, "template");
  const containers = [...listAt(template, "containers"), ...listAt(template, "initContainers")].filter(isRecord);
  return containers.flatMap((container) => {
    if (isHidden(container["env"])) return [];
    return listAt(container, "env")
      .filter(isRecord)
      .filter((variable) => looksSecret(textAt(variable, "name"), textAt(variable, "value")))
      .map((variable) => `variable ${textAt(variable, "name")} holds its value; use secretRef`);
  });
}

function inlineSecrets(inputs: Values): string[] {
  return listAt(recordAt(inputs, "configuration"), "secrets")
    .filter(isRecord)
    .filter((secret) => secret["value"] !== undefined)
    .map((secret) => `secret ${textAt(secret, "name")} holds its value; use keyVaultUrl`);
}

function withoutEnd(type: string, inputs: Values): string[] {
  const end = type.startsWith("azuread:")
    ? (inputs["endDate"] ?? inputs["endDateRelative"])
    : recordAt(inputs, "properties", "attributes")["expires"];
  // All of a secret's properties may be unknown in a preview, because its value is; the deployment itself asks again.
  const hidden = isHidden(inputs["properties"]) || isHidden(end);
  return end === undefined && !hidden ? ["it has no end"] : [];
}
