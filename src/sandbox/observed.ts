/**
 * The same object, told about: every write below `value`, at any depth, calls `changed`. So the parts and the
 * deployment change the directory as a plain object and it is still remembered between starts.
 */
export function observed<T extends object>(value: T, changed: () => void): T {
  const views = new WeakMap<object, object>();
  /** One view per object, so that members read twice are the same object. */
  const viewOf = <U extends object>(target: U): U => {
    const known = views.get(target);
    if (known !== undefined) return known as U;
    const view = new Proxy<U>(target, handler);
    views.set(target, view);
    return view;
  };
  const handler: ProxyHandler<object> = {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver);
      return typeof member === "object" && member !== null ? viewOf(member) : member;
    },
    set(target, key, member, receiver) {
      const done = Reflect.set(target, key, member, receiver);
      changed();
      return done;
    },
    deleteProperty(target, key) {
      const done = Reflect.deleteProperty(target, key);
      changed();
      return done;
    },
  };
  return viewOf(value);
}
