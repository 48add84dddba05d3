import { useNavigate } from "@remix-run/react";
import { Keyboard } from "lucide-react";
import { Suspense, lazy, useEffect, useRef, useState } from "react";
import { Button } from "~/ui/button";
import { useHydrated } from "~/ui/use-hydrated";
import { useStoredSwitch } from "~/ui/use-stored-switch";
import { pagesFor, type NavigationPage } from "./pages";

/** Milliseconds in which the second key must follow `g`. */
const SEQUENCE_TIME = 1_500;
const OWN_KEYS = 'input, textarea, select, [contenteditable="true"], [role$="dialog"]';

const ShortcutsDialog = lazy(() => import("./shortcuts-dialog"));

/** The keys of the dashboard, and the button and dialog that list them. Nothing without JavaScript. */
export function Shortcuts({ role }: { role: "operator" | "admin" }) {
  const reachable = pagesFor(role);
  const opener = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [wasOpened, setOpened] = useState(false);
  const [isOn, setOn] = useStoredSwitch("fv-shortcuts");
  const open = () => {
    setOpened(true);
    setOpen(true);
  };
  useShortcutKeys(isOn, reachable, open);
  if (!useHydrated()) return null;
  return (
    <>
      <Button
        ref={opener}
        variant="ghost"
        size="sm"
        icon={Keyboard}
        aria-label="Keyboard shortcuts"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        title="Keyboard shortcuts (?)"
        className="max-sm:hidden"
        onClick={open}
      />
      {wasOpened && (
        <Suspense fallback={null}>
          <ShortcutsDialog
            reachable={reachable}
            isOpen={isOpen}
            setOpen={setOpen}
            isOn={isOn}
            setOn={setOn}
            focusOpener={() => opener.current?.focus()}
          />
        </Suspense>
      )}
    </>
  );
}

function useShortcutKeys(isOn: boolean, reachable: NavigationPage[], showList: () => void): void {
  const navigate = useNavigate();
  const goPressedAt = useRef(-Infinity);

  useEffect(() => {
    if (!isOn) return;
    function onKey(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(OWN_KEYS)) return;
      if (document.querySelector('[role$="dialog"][data-state="open"]')) return;
      const isSecond = event.timeStamp - goPressedAt.current < SEQUENCE_TIME;
      goPressedAt.current = event.key === "g" ? event.timeStamp : -Infinity;
      const page = isSecond ? reachable.find(({ key }) => key === event.key) : undefined;
      if (page) navigate(page.to);
      else if (event.key === "?") showList();
      else if (event.key !== "/" || !focusSearch()) return;
      event.preventDefault();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
  field?.focus();
  field?.select();
  return field !== null;
}
