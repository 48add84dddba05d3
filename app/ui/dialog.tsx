import { useActionData } from "@remix-run/react";
import type { LucideIcon } from "lucide-react";
import { useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { useHydrated } from "./use-hydrated";
import { usePageState } from "./use-page-state";
import { RefusedFormContext, type RefusedForm } from "./refused-form";
import { Button, type ButtonSize, type ButtonVariant } from "./button";
import { SubmitButton } from "./submit-button";

export interface ConfirmTexts {
  title: string;
  /** What will happen, and to how many views or targets. */
  description: string;
  /** "Discard 120 views", never "OK". */
  confirmLabel: string;
  busyLabel?: string;
  tone?: "danger" | "primary";
}

interface OpenDialogProps extends ConfirmTexts {
  /** The `intent` that the confirming button sends. */
  intent: string;
  /** The `id` that the form sends, if it is about one row of many. */
  id?: string;
  /** Fields, such as the reason; they show what was wrong with what was sent from this dialog. */
  children?: ReactNode;
}

export interface ConfirmDialogProps extends OpenDialogProps {
  trigger: {
    label: string;
    icon?: LucideIcon;
    variant?: ButtonVariant;
    size?: ButtonSize;
    /** Needed where the label alone does not tell a button from others: "Discard forum_topic:12". */
    ariaLabel?: string;
  };
}

/**
 * Asks before the form around it is sent. The dialog stays open while the action answers with errors,
 * and closes when it redirects. It needs JavaScript, so its button is disabled until that runs.
 */
export function ConfirmDialog({
  trigger: { label, ariaLabel, ...look },
  ...dialog
}: ConfirmDialogProps) {
  const isHydrated = useHydrated();
  const [isOpen, setOpen] = usePageState(false);
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
      {isOpen && <OpenDialog {...dialog} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Open as long as it is rendered. */
function OpenDialog({
  intent,
  id,
  title,
  description,
  confirmLabel,
  busyLabel,
  tone = "danger",
  children,
  onClose,
}: OpenDialogProps & { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const textId = useId();
  const refused = useDialogAnswer(intent, id);
  // The browser moves the focus into the dialog and back during these calls, so that even the next key press
  // reaches the right element.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      role="alertdialog"
      aria-labelledby={`${textId}-title`}
      aria-describedby={`${textId}-text`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // When Escape is pressed a second time, browsers close a dialog without a `cancel` event.
      onClose={() => !dialog.current?.open && onClose()}
      className="max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-md overflow-y-auto whitespace-normal rounded-xl border border-line-strong/60 bg-surface p-5 text-left text-sm text-ink shadow-xl backdrop:bg-canvas/70 backdrop:backdrop-blur-[2px]"
    >
      <h2 id={`${textId}-title`} className="text-base font-semibold [overflow-wrap:anywhere]">
        {title}
      </h2>
      <p id={`${textId}-text`} className="mt-1.5 text-ink-muted [overflow-wrap:anywhere]">
        {description}
      </p>
      {children !== undefined && (
        <div className="mt-4">
          <RefusedFormContext.Provider value={refused}>{children}</RefusedFormContext.Provider>
        </div>
      )}
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <SubmitButton intent={intent} variant={tone} busyLabel={busyLabel}>
          {confirmLabel}
        </SubmitButton>
      </div>
    </dialog>
  );
}

/**
 * The action's answer since the dialog opened, so that none shows what was wrong in another. `id` is that of the
 * row which the form is about, if it has one.
 */
function useDialogAnswer(intent: string, id?: string): RefusedForm | undefined {
  const answer = useActionData<unknown>() as RefusedForm | undefined;
  const [former] = useState(answer);
  const entered = answer?.initialValue;
  const isOurs = answer !== former && entered?.intent === intent && entered.id === id;
  return isOurs ? answer : undefined;
}
