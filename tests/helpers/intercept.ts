/**
 * A proxy for a port that lets a test intercept every call: `around` is given the method's name,
 * the real call and its arguments, and decides what happens before, after, or instead of it.
 */
export function intercept<Port extends object>(
  port: Port,
  around: (method: string, call: () => Promise<unknown>, args: unknown[]) => Promise<unknown>,
): Port {
  return new Proxy(port, {
    get(target, method: string) {
      const member: unknown = Reflect.get(target, method, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) =>
        around(method, () => Reflect.apply(member, target, args) as Promise<unknown>, args);
    },
  });
}
