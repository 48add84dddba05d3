import * as Dialog from "@radix-ui/react-dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "~/ui/button";
import { Checkbox } from "~/ui/checkbox";
import type { NavigationPage } from "./pages";

export interface ShortcutsDialogProps {
  reachable: NavigationPage[];
  isOpen: boolean;
  setOpen: (isOpen: boolean) => void;
  isOn: boolean;
  setOn: (isOn: boolean) => void;
  /** Gets the focus back. */
  focusOpener: () => void;
}

/** Lists the keys, and switches them off. Apart from them, so that only who opens it loads it. */
export default function ShortcutsDialog({
  reachable,
  isOpen,
  setOpen,
  isOn,
  setOn,
  focusOpener,
}: ShortcutsDialogProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-canvas/70 backdrop-blur-[2px]" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            focusOpener();
          }}
          className="fixed left-1/2 top-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-sm -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-xl border border-line-strong/60 bg-surface p-5 shadow-xl"
        >
          <div className="flex items-start justify-between">
            <Dialog.Title className="text-base font-semibold">Keyboard shortcuts</Dialog.Title>
            <Dialog.Close asChild>
              <Button variant="ghost" size="sm" icon={X} aria-label="Close" />
            </Dialog.Close>
          </div>
          <dl className="mt-3 divide-y divide-line">
            {reachable.map((page) => (
              <Row key={page.to} keys={["g", page.key]}>
                Go to {page.label}
              </Row>
            ))}
            <Row keys={["/"]}>Search this list</Row>
            <Row keys={["?"]}>Show these shortcuts</Row>
          </dl>
          <div className="mt-3 border-t pt-3">
            <Checkbox
              label="Use keyboard shortcuts"
              checked={isOn}
              onChange={(event) => setOn(event.currentTarget.checked)}
            />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Row({ keys, children }: { keys: string[]; children: ReactNode }) {
  return (
    <div className="flex items-center justify-between py-2">
      <dt className="text-ink-muted">{children}</dt>
      <dd className="flex gap-1">
        {keys.map((key) => (
          <kbd
            key={key}
            className="min-w-6 rounded border border-line-strong/60 bg-surface-muted px-1.5 py-0.5 text-center font-mono text-xs"
          >
            {key}
          </kbd>
        ))}
      </dd>
    </div>
  );
}
