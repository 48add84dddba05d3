import { Num } from "~/ui/num";

/**
 * Views that Redis holds for a target. What was written there by something else, under a name that no
 * count uses, is told apart: it is in no total and in no books.
 */
export function HeldViews({ value, isAccepted }: { value: number; isAccepted: boolean }) {
  if (isAccepted) return <Num value={value} />;
  return (
    <span className="text-ink-muted" title="Not counted by this application, so in no total">
      <Num value={value} />
      <span className="sr-only">, in no total</span>
    </span>
  );
}
