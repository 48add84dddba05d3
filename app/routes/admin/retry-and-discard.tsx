import { RotateCcw, Trash2, type LucideIcon } from "lucide-react";
import { formatCount } from "~/lib/format";
import type { ButtonVariant } from "~/ui/button";
import { ConfirmDialog, type ConfirmTexts } from "~/ui/dialog";
import { ReasonField } from "~/ui/field";
import type { KeptSums } from "~/operations/failed-targets.server";

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

/**
 * The actions on the failing targets that the surrounding form names, each with what it affects. In a table, `row`
 * is what names the row: a target, or the reason that all of its targets share.
 */
export function RetryAndDiscard({ sums, row }: { sums: KeptSums; row?: string }) {
  const retry = retryTexts(sums);
  const discard = discardTexts(sums);
  const about = row === undefined ? "" : `${row}: `;
  const trigger = (label: string, icon: LucideIcon, variant: ButtonVariant) => ({
    ...{ label, icon, variant: row === undefined ? variant : ("ghost" as const) },
    ariaLabel: row && `${label} ${row}`,
    size: "sm" as const,
  });
  return (
    <>
      {sums.targets > sums.withoutTopic && (
        <ConfirmDialog
          intent="retry"
          trigger={trigger("Retry…", RotateCcw, "primary")}
          {...retry}
          description={about + retry.description}
        />
      )}
      <ConfirmDialog
        intent="discard"
        trigger={trigger("Discard…", Trash2, "secondary")}
        {...discard}
        description={about + discard.description}
      >
        <ReasonField />
      </ConfirmDialog>
    </>
  );
}
