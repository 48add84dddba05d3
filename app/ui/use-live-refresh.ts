import { createContext, useContext, useEffect } from "react";

/** Takes the interval in milliseconds at which the page wants new data, or undefined for none. */
export const LiveRefreshContext = createContext<(interval: number | undefined) => void>(
  () => undefined,
);

/**
 * Keeps the data of the page fresh, every `interval` milliseconds while it is enabled. The layout does
 * the work and waits while the tab is hidden, a dialog is open, a form is on its way or a field is
 * being typed in. Pages with ticked rows or an ended run pass `enabled: false`.
 */
export function useLiveRefresh(interval: number, { enabled = true }: { enabled?: boolean } = {}) {
  const want = useContext(LiveRefreshContext);
  useEffect(() => {
    if (!enabled) return;
    want(interval);
    return () => want(undefined);
  }, [want, interval, enabled]);
}
