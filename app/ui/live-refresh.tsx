import { useLocation, useNavigation, useRevalidator } from "@remix-run/react";
import { Pause, Play, WifiOff } from "lucide-react";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Button } from "./button";
import { formatRelative } from "~/lib/format";

/** Milliseconds that the server has to answer; after that, this refresh is skipped. */
const PROBE_TIMEOUT_MS = 3_000;

/** When the page's data was loaded. Kept outside React, so that only the text with its age renders again. */
class LoadedAt {
  #time = Date.now();
  readonly #listeners = new Set<() => void>();

  readonly seconds = (): number => Math.floor((Date.now() - this.#time) / 1_000);

  renew(): void {
    this.#time = Date.now();
    for (const listener of this.#listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    const timer = setInterval(listener, 1_000);
    return () => {
      this.#listeners.delete(listener);
      clearInterval(timer);
    };
  };
}

export interface LiveRefresh {
  /** Whether the page that is shown has asked for refreshes. */
  isWanted: boolean;
  isPaused: boolean;
  hasFailed: boolean;
  toggle: () => void;
  loadedAt: LoadedAt;
  want: (interval: number) => () => void;
}

/** `data` is what the layout loaded: each load makes a new object, which tells when it was. */
export function useLiveRefreshLoop(data: unknown): LiveRefresh {
  const { revalidate, state: revalidation } = useRevalidator();
  const navigation = useNavigation();
  const { key } = useLocation();
  const [loadedAt] = useState(() => new LoadedAt());
  const [wanted, setWanted] = useState<number[]>([]);
  const [isPaused, setPaused] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const interval = wanted.length === 0 ? undefined : Math.min(...wanted);

  const isIdle = navigation.state === "idle" && revalidation === "idle";
  const isIdleNow = useRef(isIdle);
  useEffect(() => {
    isIdleNow.current = isIdle;
  }, [isIdle]);
  useEffect(() => loadedAt.renew(), [loadedAt, data, key]);

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

  const want = useCallback((wish: number) => {
    setWanted((before) => [...before, wish]);
    return () => {
      setWanted((before) => before.toSpliced(before.indexOf(wish), 1));
    };
  }, []);

  return {
    isWanted: interval !== undefined,
    isPaused,
    hasFailed,
    toggle: () => setPaused((before) => !before),
    loadedAt,
    want,
  };
}

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

const openDialog = "dialog[open]";
const typing = 'input:not([type="checkbox"], [type="radio"]), textarea, select';

function isSomebodyBusy(): boolean {
  return (
    document.querySelector(openDialog) !== null ||
    (document.activeElement?.matches(typing) ?? false)
  );
}

/** "Updated 5 s ago" and a pause button. Screen readers hear only of a pause, a resume or a failure. */
export function LiveRefreshControl({ refresh }: { refresh: LiveRefresh }) {
  const { isWanted, isPaused, hasFailed, toggle, loadedAt } = refresh;
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
              {isPaused && "Paused, updated "}
              {!isPaused && "Updated "}
              <Ago loadedAt={loadedAt} />
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

function Ago({ loadedAt }: { loadedAt: LoadedAt }) {
  const seconds = useSyncExternalStore(loadedAt.subscribe, loadedAt.seconds, () => 0);
  return formatRelative(new Date(0), seconds * 1_000) ?? "long ago";
}
