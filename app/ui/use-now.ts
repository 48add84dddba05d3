import { useRouteLoaderData } from "@remix-run/react";
import { useCallback, useSyncExternalStore } from "react";

/** The server's time when the data was loaded, and how far the server's clock is ahead of the browser's. */
let server: { now: number; aheadMs: number } | undefined;

/** `loadedNow` came with the page, which may have taken a while to start, or with data loaded just now. */
function serverNow(loadedNow: number): number {
  if (server?.now !== loadedNow) {
    const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const heardAt =
      server === undefined && page ? performance.timeOrigin + page.responseStart : Date.now();
    server = { now: loadedNow, aheadMs: loadedNow - heardAt };
  }
  return Date.now() + server.aheadMs;
}

/**
 * The time in milliseconds by the server's clock, which also gave all the times on the page, rounded down to
 * the interval and updated with it. During hydration it is the time of the request, so that both renders
 * agree; undefined when that is not known.
 */
export function useNow(interval: number): number | undefined {
  const subscribe = useCallback(
    (renew: () => void) => {
      const timer = setInterval(renew, interval);
      return () => clearInterval(timer);
    },
    [interval],
  );
  const loadedNow = useRouteLoaderData<{ now: number }>("root")?.now;
  return useSyncExternalStore<number | undefined>(
    subscribe,
    () => {
      const now = loadedNow === undefined ? Date.now() : serverNow(loadedNow);
      return Math.floor(now / interval) * interval;
    },
    () => loadedNow,
  );
}
