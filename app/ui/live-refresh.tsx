import { useLocation, useNavigation, useRevalidator } from "@remix-run/react";
import { Pause, Play, WifiOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "./button";
import { formatRelative } from "~/lib/format";

/** Milliseconds that the server has to answer; after that, this refresh is skipped. */
const PROBE_TIMEOUT_MS = 3_000;

/** `data` is what the layout loaded: each load makes a new object, which tells when it was. */
export function useLiveRefreshLoop(data: unknown) {
  const { revalidate, state: revalidation } = useRevalidator();
  const navigation = useNavigation();
  const [interval, want] = useState<number>();
  const [isPaused, setPaused] = useState(false);
  const [hasFailed, setFailed] = useState(false);

  const isIdle = navigation.state === "idle" && revalidation === "idle";
  const isIdleNow = useRef(isIdle);
  useEffect(() => {
    isIdleNow.current = isIdle;
  }, [isIdle]);

  useEffect(() => {
    if (interval === undefined || isPaused) return;
    let isStopped = false;
    const mayRefresh = () =>
      !isStopped && isIdleNow.current && !document.hidden && !isSomebodyBusy();
    const refresh = async () => {
      if (!mayRefresh()) return;
      const isAnswering = await serverAnswers();
      if (isStopped) return;
      setFailed(!isAnswering);
      if (isAnswering && mayRefresh()) revalidate();
    };
    const timer = setInterval(() => void refresh(), interval);
    const whenShown = () => void refresh();
    document.addEventListener("visibilitychange", whenShown);
    return () => {
      isStopped = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", whenShown);
    };
  }, [interval, isPaused, revalidate]);

  return {
    data,
    /** Whether the page that is shown has asked for refreshes. */
    isWanted: interval !== undefined,
    isPaused,
    hasFailed,
    toggle: () => setPaused((before) => !before),
    want,
  };
}

export type LiveRefresh = ReturnType<typeof useLiveRefreshLoop>;

/**
 * A refresh that fails would replace the page with an error, so this first checks that the server answers.
 */
async function serverAnswers(): Promise<boolean> {
  try {
    const response = await fetch("/healthz", { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return response.ok;
  } catch {
    return false;
  }
}

const typing = 'input:not([type="checkbox"], [type="radio"]), textarea, select';

function isSomebodyBusy(): boolean {
  return (
    document.querySelector("dialog[open]") !== null ||
    (document.activeElement?.matches(typing) ?? false)
  );
}

/** "Updated 5 s ago" and a pause button. Screen readers hear only of a pause, a resume or a failure. */
export function LiveRefreshControl({ refresh }: { refresh: LiveRefresh }) {
  const { data, isWanted, isPaused, hasFailed, toggle } = refresh;
  const seconds = useSecondsSince(data);
  return (
    <div className="flex min-w-0 items-center gap-2">
      <p role="status" className="sr-only">
        {hasFailed
          ? "Live refresh cannot reach the server. It keeps trying."
          : isPaused
            ? "Live refresh is paused."
            : ""}
      </p>
      {isWanted && (
        <>
          {hasFailed ? (
            <span className="flex items-center gap-1.5 text-xs font-medium text-warning-text">
              <WifiOff aria-hidden className="size-3.5" />
              <span className="max-sm:sr-only">Server not answering, retrying</span>
            </span>
          ) : (
            <span className="truncate text-xs tabular-nums text-ink-muted max-sm:hidden">
              {isPaused ? "Paused, updated " : "Updated "}
              {formatRelative(new Date(0), seconds * 1_000) ?? "long ago"}
            </span>
          )}
          <Button
            variant="ghost"
            size="sm"
            icon={isPaused ? Play : Pause}
            onClick={toggle}
            aria-label={isPaused ? "Resume live refresh" : "Pause live refresh"}
            title={isPaused ? "Resume live refresh" : "Pause live refresh"}
          />
        </>
      )}
    </div>
  );
}

/** Seconds since the page's data was loaded: with this `data`, or at this address. */
function useSecondsSince(data: unknown): number {
  const { key } = useLocation();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const loadedAt = Date.now();
    const count = () => setSeconds(Math.floor((Date.now() - loadedAt) / 1_000));
    count();
    const timer = setInterval(count, 1_000);
    return () => clearInterval(timer);
  }, [data, key]);
  return seconds;
}
