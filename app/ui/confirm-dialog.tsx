import type { LucideIcon } from "lucide-react";
import { Suspense, lazy, useState, type ReactNode } from "react";
import { useHydrated } from "./use-hydrated";
import { usePageState } from "./use-page-state";
import { Button, ButtonContent, buttonClass, type ButtonSize, type ButtonVariant } from "./button";
import { FormOwner } from "./form-owner";
import { SubmitButton } from "./submit-button";

export interface ConfirmDialogProps {
  /** The id of a `<Form method="post" id="…">` in the page. Fields in `children` join it by themselves. */
  form: string;
  /** Sent as `intent` by the button that confirms. */
  intent: string;
  trigger: {
    label: string;
    icon?: LucideIcon;
    variant?: ButtonVariant;
    size?: ButtonSize;
    /** Where the label alone does not tell it from others: "Discard forum_topic:12". */
    ariaLabel?: string;
    disabled?: boolean;
  };
  title: string;
  /** What will happen, with the numbers at stake. */
  description: ReactNode;
  /** "Discard 120 views", never "OK". */
  confirmLabel: string;
  busyLabel?: string;
  tone?: "danger" | "primary";
  /** Something is wrong with the fields that were sent: the panel without JavaScript shows it unfolded. */
  isRefused?: boolean;
  /** Fields, such as the reason. */
  children?: ReactNode;
}

export interface OpenedDialogProps extends ConfirmDialogProps {
  isOpen: boolean;
  setOpen: (isOpen: boolean) => void;
}

const load = () => import("./confirm-alert-dialog");
/** Loaded by whoever asks, not with the page. Where that fails, the panel asks as well. */
const ConfirmAlertDialog = lazy(() => load().catch(() => ({ default: Panel })));

/**
 * Asks before a form is sent: an alert dialog with JavaScript, a foldable panel without. It stays open
 * while the action answers with errors, and closes when it redirects.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [isOpen, setOpen] = usePageState(false);
  const [wasOpened, setOpened] = useState(false);
  if (!useHydrated()) return <Panel {...props} />;
  const { label, ariaLabel, ...look } = props.trigger;
  const preload = () => void load().catch(() => {});
  const opener = (
    <Button
      {...look}
      aria-label={ariaLabel}
      aria-haspopup="dialog"
      aria-expanded={isOpen}
      onPointerEnter={preload}
      onFocus={preload}
      onClick={() => {
        setOpened(true);
        setOpen(true);
      }}
    >
      {label}
    </Button>
  );
  if (!wasOpened) return opener;
  return (
    <Suspense fallback={opener}>
      <ConfirmAlertDialog {...props} isOpen={isOpen} setOpen={setOpen} />
    </Suspense>
  );
}

function Panel({
  form,
  intent,
  trigger,
  title,
  description,
  confirmLabel,
  tone = "danger",
  isRefused,
  isOpen,
  children,
}: ConfirmDialogProps & { isOpen?: boolean }) {
  return (
    <details open={isRefused || isOpen} className="relative inline-block">
      <summary className={buttonClass(trigger)} aria-label={trigger.ariaLabel}>
        <ButtonContent icon={trigger.icon}>{trigger.label}</ButtonContent>
      </summary>
      <div className="mt-2 w-80 max-w-[calc(100vw-4rem)] whitespace-normal rounded-lg border border-line-strong/60 bg-surface p-4 text-left">
        <p className="font-semibold">{title}</p>
        <div className="mt-1 text-ink-muted">{description}</div>
        <FormOwner.Provider value={{ form, isFolded: true }}>
          {children !== undefined && <div className="mt-3 space-y-3">{children}</div>}
        </FormOwner.Provider>
        <div className="mt-4">
          <SubmitButton form={form} intent={intent} variant={tone}>
            {confirmLabel}
          </SubmitButton>
        </div>
      </div>
    </details>
  );
}
