import * as AlertDialog from "@radix-ui/react-alert-dialog";
import { Button } from "./button";
import type { OpenedDialogProps } from "./confirm-dialog";
import { FormOwner } from "./form-owner";
import { SubmitButton } from "./submit-button";

/** `ConfirmDialog` where there is JavaScript, from when it is opened for the first time. */
export default function ConfirmAlertDialog({
  form,
  intent,
  trigger,
  title,
  description,
  confirmLabel,
  busyLabel,
  tone = "danger",
  children,
  isOpen,
  setOpen,
}: OpenedDialogProps) {
  const { label, ariaLabel, ...look } = trigger;
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={setOpen}>
      <AlertDialog.Trigger asChild>
        <Button {...look} aria-label={ariaLabel}>
          {label}
        </Button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-canvas/70 backdrop-blur-[2px]" />
        <AlertDialog.Content
          onOpenAutoFocus={focusFirstField}
          className="fixed left-1/2 top-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-xl border border-line-strong/60 bg-surface p-5 shadow-xl"
        >
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-1.5 text-ink-muted">{description}</div>
          </AlertDialog.Description>
          <FormOwner.Provider value={{ form, isFolded: false }}>
            {children !== undefined && <div className="mt-4 space-y-4">{children}</div>}
          </FormOwner.Provider>
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            {/* Not an AlertDialog.Action: that would unmount the fields before the form is sent. */}
            <SubmitButton form={form} intent={intent} variant={tone} busyLabel={busyLabel}>
              {confirmLabel}
            </SubmitButton>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** Without a field the focus goes to the button that cancels, as Radix does it. */
function focusFirstField(event: Event): void {
  if (!(event.currentTarget instanceof Element)) return;
  const field = event.currentTarget.querySelector<HTMLElement>("textarea, select, input");
  if (!field) return;
  event.preventDefault();
  field.focus();
}
