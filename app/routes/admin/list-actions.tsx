import { Form } from "@remix-run/react";
import { RotateCcw, Trash2, Upload } from "lucide-react";
import type { RowSelection } from "~/ui/use-row-selection";
import { ConfirmDialog } from "~/ui/dialog";
import { ReasonField } from "~/ui/field";
import { formatCount } from "~/lib/format";
import { SelectionBar } from "~/ui/row-selection";

export interface ListActionsProps {
  selection: RowSelection;
  /** The id of the form that the rows' boxes belong to. */
  form: string;
  /** The filter of the page, sent along so that "all that match" is what was seen. */
  filter: string;
  flush: "flush" | "retry";
  /** Rows that match, on all pages. */
  total: number;
  /** Views of the ticked rows, and of everything that matches; null where it cannot be known. */
  selectedViews: number | null;
  matchingViews: number | null;
}

const verbs = {
  flush: { label: "Flush", icon: Upload },
  retry: { label: "Retry", icon: RotateCcw },
};

/** What can be done with the chosen targets of a list, each with what it will touch. */
export function ListActions({
  selection,
  form,
  filter,
  flush,
  total,
  selectedViews,
  matchingViews,
}: ListActionsProps) {
  const { label, icon } = verbs[flush];
  const targets = formatCount(selection.isMatching ? total : selection.selected.length, "target");
  const known = selection.isMatching ? matchingViews : selectedViews;
  const views = known === null ? null : formatCount(known, "view");
  const withViews = views === null ? targets : `${targets} with ${views}`;
  const lost = views === null ? `The pending views of ${targets}` : `${views} of ${targets}`;
  return (
    <Form method="post" id={form}>
      {[...new URLSearchParams(filter)].map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <noscript>
        <p className="border-t px-4 py-2 text-xs text-ink-muted sm:px-5">
          Acting on chosen targets needs JavaScript.
        </p>
      </noscript>
      <SelectionBar selection={selection} total={total} noun="target">
        <ConfirmDialog
          intent={flush}
          trigger={{ label: `${label}…`, icon, size: "sm", variant: "primary" }}
          title={`${label} ${targets}?`}
          description={`A run of its own moves ${withViews} into PostgreSQL, parked views included. Everything else stays pending.`}
          confirmLabel={`${label} ${targets}`}
          busyLabel="Starting…"
          tone="primary"
        />
        <ConfirmDialog
          intent="discard"
          trigger={{ label: "Discard…", icon: Trash2, size: "sm" }}
          title={`Discard ${targets}?`}
          description={`${lost} will be lost for good. Persisted views stay.`}
          confirmLabel={views === null ? "Discard their views" : `Discard ${views}`}
          busyLabel="Discarding…"
        >
          <ReasonField intent="discard" />
        </ConfirmDialog>
      </SelectionBar>
    </Form>
  );
}
