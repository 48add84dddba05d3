import { RotateCcw, Trash2 } from "lucide-react";
import { formatCount } from "~/lib/format";
import { ConfirmDialog } from "~/ui/dialog";
import { ReasonField } from "~/ui/field";

export interface RetryAndDiscardProps {
  targets: number;
  /** Accepted views that PostgreSQL keeps of them. */
  views: number;
  /** How many of them have a name that no topic can have, and can only be discarded. */
  withoutTopic: number;
}

/** What can be done with the failing targets that the form around it names, each with what it will touch. */
export function RetryAndDiscard({ targets, views, withoutTopic }: RetryAndDiscardProps) {
  const retried = formatCount(targets - withoutTopic, "target");
  const discarded = formatCount(targets, "target");
  const leftOut =
    withoutTopic > 0
      ? ` ${formatCount(withoutTopic, "target")} with a name that no topic can have ${withoutTopic === 1 ? "is" : "are"} left out, and can only be discarded.`
      : "";
  return (
    <>
      {targets > withoutTopic && (
        <ConfirmDialog
          intent="retry"
          trigger={{ label: "Retry…", icon: RotateCcw, size: "sm", variant: "primary" }}
          title={`Retry ${retried}?`}
          description={`Moves ${formatCount(views, "view")} of ${retried} to ${targets - withoutTopic === 1 ? "its topic" : "their topics"}, beside any sync. What PostgreSQL refuses again is still kept.${leftOut}`}
          confirmLabel={`Retry ${retried}`}
          busyLabel="Starting…"
          tone="primary"
        />
      )}
      <ConfirmDialog
        intent="discard"
        trigger={{ label: "Discard…", icon: Trash2, size: "sm", variant: "secondary" }}
        title={`Discard ${discarded}?`}
        description={`${formatCount(views, "view")} of ${discarded} will be lost for good. Persisted views stay.`}
        confirmLabel={`Discard ${formatCount(views, "view")}`}
        busyLabel="Discarding…"
      >
        <ReasonField intent="discard" />
      </ConfirmDialog>
    </>
  );
}
