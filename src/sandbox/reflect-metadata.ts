/**
 * The three functions of the "metadata reflection" proposal that `@peculiar/x509`'s dependency container asks for
 * before it loads. Import this file first. A polyfill already present is left alone.
 */
type Metadata = Map<unknown, unknown>;
const metadataOf = new WeakMap<object, Metadata>();

const own = (key: unknown, target: object): unknown => metadataOf.get(target)?.get(key);

function inherited(key: unknown, target: object | null): unknown {
  if (target === null) return undefined;
  return own(key, target) ?? inherited(key, Reflect.getPrototypeOf(target));
}

function define(key: unknown, value: unknown, target: object): void {
  const metadata: Metadata = metadataOf.get(target) ?? new Map();
  metadataOf.set(target, metadata.set(key, value));
}

if (!("getMetadata" in Reflect)) {
  Object.assign(Reflect, { getMetadata: inherited, getOwnMetadata: own, defineMetadata: define });
}
