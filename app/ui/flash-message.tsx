import { useLocation } from "@remix-run/react";
import clsx from "clsx";
import { X } from "lucide-react";
import { useState } from "react";
import { useHydrated } from "./use-hydrated";
import { TextLink } from "./text-link";
import { toneBox, toneIcon, type StatusTone } from "./tone";

export interface Flash {
  /** Tells two messages with the same text apart. */
  id: string;
  kind: "success" | "info" | "error";
  text: string;
  /** Where to read more about it. */
  link?: { label: string; to: string };
}

/** The id of the message, which takes the focus when an answer has removed the element that had it. */
export const FLASH = "message";

const tones: Record<Flash["kind"], StatusTone> = {
  success: "success",
  info: "info",
  error: "danger",
};

/**
 * The message that the last load brought, kept until the next navigation: the server hands it out once,
 * and a live refresh would otherwise take it away before it was read.
 */
export function useFlash(loaded: Flash | undefined): Flash | undefined {
  const { key } = useLocation();
  const [kept, setKept] = useState({ flash: loaded, key });
  if (loaded && loaded.id !== kept.flash?.id) setKept({ flash: loaded, key });
  else if (kept.flash && kept.key !== key) setKept({ flash: undefined, key });
  return kept.flash;
}

/**
 * What the last form did. The region is always in the page and only its content changes, because
 * screen readers don't announce a region that comes together with its text.
 */
export function FlashMessage({ flash }: { flash: Flash | undefined }) {
  const [dismissed, setDismissed] = useState<string>();
  const isHydrated = useHydrated();
  const shown = flash && flash.id !== dismissed ? flash : undefined;
  const tone = tones[shown?.kind ?? "info"];
  const Icon = toneIcon[tone];
  return (
    <div
      role="status"
      id={FLASH}
      tabIndex={-1}
      className="sticky top-14 z-10 rounded-lg [&:not(:empty)]:mb-5 print:static"
    >
      {shown && (
        <div className={clsx("flex items-start gap-3 rounded-lg border px-4 py-3", toneBox[tone])}>
          <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
          <p className="min-w-0 flex-1 text-ink [overflow-wrap:anywhere]">
            {shown.text} {shown.link && <TextLink to={shown.link.to}>{shown.link.label}</TextLink>}
          </p>
          {isHydrated && (
            <button
              type="button"
              aria-label="Dismiss message"
              className="-m-0.5 inline-flex size-6 items-center justify-center rounded hover:bg-surface/60"
              onClick={() => setDismissed(shown.id)}
            >
              <X aria-hidden className="size-4" />
            </button>
          )}
        </div>
      )}
    </div>
  );
}
