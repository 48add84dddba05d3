import type { LucideIcon } from "lucide-react";
import { useId, useLayoutEffect, useRef, type ReactNode } from "react";
import { useHydrated } from "./use-hydrated";
import { usePageState } from "./use-page-state";
import { Button, type ButtonSize, type ButtonVariant } from "./button";
import { SubmitButton } from "./submit-button";

export interface ConfirmDialogProps {
  /** Sent as `intent` by the button that confirms. */
  intent: string;
  trigger: {
    label: string;
    icon?: LucideIcon;
    variant?: ButtonVariant;
    size?: ButtonSize;
    /** Where the label alone does not tell it from others: "Discard forum_topic:12". */
    ariaLabel?: string;
  };
  title: string;
  /** What will happen, with the numbers at stake. */
  description: string;
  /** "Discard 120 views", never "OK". */
  confirmLabel: string;
  busyLabel?: string;
  tone?: "danger" | "primary";
  /** Fields, such as the reason. */
  children?: ReactNode;
}

/**
 * Asks before the form around it is sent. The dialog stays open while the action answers with errors,
 * and closes when it redirects. It needs JavaScript, so its button is disabled until that runs.
 */
export function ConfirmDialog({
  intent,
  trigger: { label, ariaLabel, ...look },
  title,
  description,
  confirmLabel,
  busyLabel,
  tone = "danger",
  children,
}: ConfirmDialogProps) {
  const isHydrated = useHydrated();
  const [isOpen, setOpen] = usePageState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // The browser moves the focus into the dialog and back while these calls run, so that the next key
  // already arrives where the focus belongs.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!isOpen || !element) return;
    element.showModal();
    return () => element.close();
  }, [isOpen]);
  return (
    <>
      <Button
        {...look}
        aria-label={ariaLabel}
        aria-haspopup="dialog"
        disabled={!isHydrated}
        onClick={() => setOpen(true)}
      >
        {label}
      </Button>
      <dialog
        ref={dialog}
        role="alertdialog"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-text`}
        onCancel={(event) => {
          event.preventDefault();
          setOpen(false);
        }}
        // Browsers close a dialog without asking when Escape is pressed a second time.
        onClose={() => !dialog.current?.open && setOpen(false)}
        className="max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-md overflow-y-auto whitespace-normal rounded-xl border border-line-strong/60 bg-surface p-5 text-left text-sm text-ink shadow-xl backdrop:bg-canvas/70 backdrop:backdrop-blur-[2px]"
      >
        {isOpen && (
          <>
            <h2 id={`${id}-title`} className="text-base font-semibold">
              {title}
            </h2>
            <p id={`${id}-text`} className="mt-1.5 text-ink-muted">
              {description}
            </p>
            {children !== undefined && <div className="mt-4">{children}</div>}
            <div className="mt-5 flex flex-wrap justify-end gap-2">
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <SubmitButton intent={intent} variant={tone} busyLabel={busyLabel}>
                {confirmLabel}
              </SubmitButton>
            </div>
          </>
        )}
      </dialog>
    </>
  );
}
