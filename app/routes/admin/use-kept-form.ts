import { useLocation, useNavigation } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";

/** The key in `sessionStorage`, which each tab has for itself. */
const KEY = "forum-views-form";
/** Older entries are dropped: nobody misses them any more. */
const MAX_AGE_MS = 30 * 60_000;

interface Kept {
  path: string;
  at: number;
  entries: Array<[name: string, value: string]>;
}

/**
 * Keeps what a form sends until its answer arrives. If the session had ended, the answer leads to the sign-in
 * page; after signing in, the entries are put back into the form. Returns whether that happened.
 */
export function useKeptForm(): boolean {
  const { pathname } = useLocation();
  const { state } = useNavigation();
  const wasBusy = useRef(false);
  const [restored, setRestored] = useState<string>();

  useEffect(() => {
    const keep = ({ target }: Event) => {
      if (!(target instanceof HTMLFormElement) || target.method !== "post") return;
      sessionStorage.setItem(KEY, JSON.stringify(entriesOf(target)));
    };
    document.addEventListener("submit", keep, { capture: true });
    return () => document.removeEventListener("submit", keep, { capture: true });
  }, []);

  // An answer that does not lead to the sign-in page means that the form was received.
  useEffect(() => {
    if (state === "idle" && wasBusy.current) sessionStorage.removeItem(KEY);
    wasBusy.current = state !== "idle";
  }, [state]);

  useEffect(() => {
    const left = new Map<string, [name: string, value: string]>();
    const fill = () => {
      for (const [key, entry] of left) if (fillIn(entry)) left.delete(key);
    };
    // Fields of a dialog are there once it is open.
    const observer = new MutationObserver(fill);
    // After hydration, because the page would not notice a box that is ticked earlier.
    const frame = requestAnimationFrame(() => {
      const kept = readKept(pathname);
      if (!kept) return;
      sessionStorage.removeItem(KEY);
      setRestored(pathname);
      for (const entry of kept.entries) left.set(entry.join("\n"), entry);
      fill();
      observer.observe(document.body, { childList: true, subtree: true });
    });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [pathname]);
  return restored === pathname;
}

function entriesOf(form: HTMLFormElement): Kept {
  const entries = [...form.elements]
    .filter(isField)
    .filter((field) => field.name !== "" && (!isBox(field) || field.checked))
    .map(({ name, value }): [string, string] => [name, value]);
  return { path: window.location.pathname, at: Date.now(), entries };
}

function readKept(pathname: string): Kept | undefined {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return undefined;
  // Only this page writes this key.
  const kept = JSON.parse(text) as Kept;
  const isFresh = Date.now() - kept.at < MAX_AGE_MS;
  return isFresh && kept.path === pathname && kept.entries.length > 0 ? kept : undefined;
}

/** Fills in a field; returns whether the page has it. */
function fillIn([name, value]: [string, string]): boolean {
  const fields = [...document.getElementsByName(name)]
    .filter(isField)
    .filter(({ form }) => form?.method === "post");
  const box = fields.filter(isBox).find((other) => other.value === value);
  if (box) {
    if (!box.checked) box.click();
    return true;
  }
  const field = fields.find((other) => !isBox(other));
  if (!field) return false;
  field.value = value;
  return true;
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Not a password, and not a hidden field, which the page itself has filled in. */
function isField(element: Element): element is Field {
  const fields = "input:not([type=password], [type=hidden], [type=file]), select, textarea";
  return element.matches(fields);
}

function isBox(field: Field): field is HTMLInputElement {
  return field.type === "checkbox" || field.type === "radio";
}
