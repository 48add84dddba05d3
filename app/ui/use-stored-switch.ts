import { useCallback, useSyncExternalStore } from "react";

const CHANGED = "stored-switch";

/** A yes or no that this browser remembers; yes until somebody says no. */
export function useStoredSwitch(key: string): [boolean, (on: boolean) => void] {
  const isOn = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => true,
  );
  const set = useCallback(
    (on: boolean) => {
      try {
        localStorage.setItem(key, on ? "on" : "off");
      } catch {
        // Storage can be switched off; then the choice lasts as long as nothing needs it.
      }
      dispatchEvent(new Event(CHANGED));
    },
    [key],
  );
  return [isOn, set];
}

function read(key: string): boolean {
  try {
    return localStorage.getItem(key) !== "off";
  } catch {
    return true;
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener("storage", listener);
  addEventListener(CHANGED, listener);
  return () => {
    removeEventListener("storage", listener);
    removeEventListener(CHANGED, listener);
  };
}
