import pg from "pg";
import { databaseError } from "~/platform/dependency-error.server";
import type { PostgresLedger } from "~/sync/postgres/postgres-ledger.server";

/**
 * A proxy for a store that lets a test intercept every call: `around` is given the method's name,
 * the real call and its arguments, and decides what happens before, after, or instead of it.
 */
export function intercept<Store extends object>(
  store: Store,
  around: (method: string, call: () => Promise<unknown>, args: unknown[]) => Promise<unknown>,
): Store {
  return new Proxy(store, {
    get(target, method: string) {
      const member: unknown = Reflect.get(target, method, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) =>
        around(method, () => Reflect.apply(member, target, args) as Promise<unknown>, args);
    },
  });
}

/** A ledger of which PostgreSQL refuses these statements with a code, as many times. */
export function refusing(
  ledger: PostgresLedger,
  code: string,
  { methods = ["applyChunk"], times = Infinity } = {},
): PostgresLedger {
  let left = times;
  return intercept(ledger, (method, call) => {
    if (!methods.includes(method) || left === 0) return call();
    left -= 1;
    const refusal = new pg.DatabaseError("refused", 0, "error");
    refusal.code = code;
    refusal.severity = "ERROR";
    return Promise.reject(databaseError(refusal));
  });
}

/** A promise, `opened`, that resolves when `open` is called. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), opened };
}
