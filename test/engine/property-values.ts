/**
 * Property values as the engine sends them to a provider: secrets are wrapped, what is not known yet is a certain text
 * (Pulumi: sdk/nodejs/runtime/rpc.ts).
 */
export type Properties = Record<string, unknown>;

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** A value that the deployment will know, in a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isRecord(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isSecret = (value: unknown) => isRecord(value) && value[SIGNATURE] === SECRET;

/** The value without wrappings: to a cloud a secret is a value. */
export function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (!isRecord(value)) return value;
  return isSecret(value) ? unwrapped(value["value"]) : unwrappedAll(value);
}

export function unwrappedAll(values: Properties): Properties {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, unwrapped(value)]));
}

export function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isRecord(value) && (isSecret(value) || Object.values(value).some(holdsSecret));
}

export function holdsUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return value === UNKNOWN || (isRecord(value) && Object.values(value).some(holdsUnknown));
}

/** `values`, in which the members that `inputs` hold as secrets are secret again. */
export function rewrapped(values: Properties, inputs: Properties): Properties {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      holdsSecret(inputs[name]) ? { [SIGNATURE]: SECRET, value } : value,
    ]),
  );
}
