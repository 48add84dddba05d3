import { useRouteLoaderData } from "@remix-run/react";
import { useCallback, useSyncExternalStore } from "react";

/**
 * The time in milliseconds, rounded down to the interval and renewed with it. While hydrating it is the
 * server's at the time of the request, so that both renders agree; undefined when that is not known.
 */
export function useNow(interval: number): number | undefined {
  const subscribe = useCallback(
    (renew: () => void) => {
      const timer = setInterval(renew, interval);
      return () => clearInterval(timer);
    },
    [interval],
  );
  const requestedAt = useRouteLoaderData<{ now: number }>("root")?.now;
  return useSyncExternalStore<number | undefined>(
    subscribe,
    () => Math.floor(Date.now() / interval) * interval,
    () => requestedAt,
  );
}
