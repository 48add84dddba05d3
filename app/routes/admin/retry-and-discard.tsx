import { RotateCcw, Trash2 } from "lucide-react";
import { formatCount } from "~/lib/format";
import { Button } from "~/ui/button";
import { ConfirmDialog, OpenDialog, type ConfirmTexts } from "~/ui/dialog";
import { ReasonField } from "~/ui/field";
import { useHydrated } from "~/ui/use-hydrated";
import type { KeptSums } from "~/operations/failed-targets.server";

type Intent = "retry" | "discard";

/** An action that a user is asked to confirm, and what it affects. */
export interface Asked {
  intent: Intent;
  sums: KeptSums;
  /** The target, or the reason that all of its targets share. */
  name: string;
  /** Says to the action which targets are meant. */
  fields: Record<string, string>;
}

/** All kept views. A discard also drops those that were never accepted. */
export function keptViews({ views, unacceptedViews }: KeptSums): number {
  return views + unacceptedViews;
}

function retryTexts({ targets, views, withoutTopic }: KeptSums): ConfirmTexts {
  const retried = targets - withoutTopic;
  const names = formatCount(retried, "target");
  const leftOut =
    withoutTopic > 0
      ? ` ${formatCount(withoutTopic, "target")} with a name that no topic can have ${withoutTopic === 1 ? "is" : "are"} left out, and can only be discarded.`
      : "";
  return {
    title: `Retry ${names}?`,
    description: `Moves ${formatCount(views, "view")} of ${names} to ${retried === 1 ? "its topic" : "their topics"}, even during a sync. Views that PostgreSQL refuses again are still kept.${leftOut}`,
    confirmLabel: `Retry ${names}`,
    busyLabel: "Retrying…",
    tone: "primary",
  };
}

function discardTexts(sums: KeptSums): ConfirmTexts {
  const { targets, unacceptedViews } = sums;
  const views = formatCount(keptViews(sums), "view");
  const names = formatCount(targets, "target");
  const unaccepted =
    unacceptedViews > 0
      ? ` ${formatCount(unacceptedViews, "view")} of them are under names that no topic can have, and were never in any total.`
      : "";
  return {
    title: `Discard ${names}?`,
    description: `${views} of ${names} will be lost for good. Persisted views stay.${unaccepted}`,
    confirmLabel: `Discard ${views}`,
    busyLabel: "Discarding…",
  };
}

const texts = { retry: retryTexts, discard: discardTexts };
const labels = { retry: "Retry…", discard: "Discard…" };
const icons = { retry: RotateCcw, discard: Trash2 };

function intentsFor({ targets, withoutTopic }: KeptSums): Intent[] {
  return targets > withoutTopic ? ["retry", "discard"] : ["discard"];
}

/** The actions on the failing targets that the surrounding form names, each with what it affects. */
export function RetryAndDiscard({ sums }: { sums: KeptSums }) {
  return intentsFor(sums).map((intent) => (
    <ConfirmDialog
      key={intent}
      intent={intent}
      trigger={{
        label: labels[intent],
        icon: icons[intent],
        size: "sm",
        variant: intent === "retry" ? "primary" : "secondary",
      }}
      {...texts[intent](sums)}
    >
      {intent === "discard" && <ReasonField />}
    </ConfirmDialog>
  ));
}

/** The same two buttons for one row of many; all rows share one dialog. */
export function RowActions({
  onAsk,
  ...asked
}: Omit<Asked, "intent"> & { onAsk: (asked: Asked) => void }) {
  const isHydrated = useHydrated();
  return (
    <span className="inline-flex gap-1">
      {intentsFor(asked.sums).map((intent) => (
        <Button
          key={intent}
          size="sm"
          variant="ghost"
          icon={icons[intent]}
          aria-haspopup="dialog"
          aria-label={`${labels[intent]} ${asked.name}`}
          disabled={!isHydrated}
          onClick={() => onAsk({ intent, ...asked })}
        >
          {labels[intent]}
        </Button>
      ))}
    </span>
  );
}

/** The dialog that all rows share. It has to be inside a form. */
export function AskedDialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const { intent, sums, name, fields } = asked;
  const { description, ...rest } = texts[intent](sums);
  return (
    <OpenDialog intent={intent} {...rest} description={`${name}: ${description}`} onClose={onClose}>
      {Object.entries(fields).map(([field, value]) => (
        <input key={field} type="hidden" name={field} value={value} />
      ))}
      {intent === "discard" && <ReasonField />}
    </OpenDialog>
  );
}
