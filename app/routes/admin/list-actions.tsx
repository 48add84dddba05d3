import { Form } from "@remix-run/react";
import { RotateCcw, Trash2, Upload } from "lucide-react";
import type { RowSelection } from "~/ui/use-row-selection";
import { useHydrated } from "~/ui/use-hydrated";
import { useReasonErrors } from "~/ui/use-reason-errors";
import { ConfirmDialog } from "~/ui/confirm-dialog";
import { TextareaField } from "~/ui/field";
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
  const isHydrated = useHydrated();
  const reasonErrors = useReasonErrors("discard");
  const { label, icon } = verbs[flush];
  const chosen = selection.isMatching ? total : selection.selected.length;
  // Without JavaScript the page does not see what is ticked.
  const count = isHydrated ? chosen : 0;
  const views = selection.isMatching ? matchingViews : selectedViews;
  const targets = count === 0 ? "the ticked targets" : formatCount(count, "target");
  const withViews =
    count === 0 || views === null ? targets : `${targets} with ${formatCount(views, "view")}`;
  return (
    <>
      <Form method="post" id={form}>
        {[...new URLSearchParams(filter)].map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
      </Form>
      <SelectionBar selection={selection} form={form} total={total} noun="target">
        <ConfirmDialog
          form={form}
          intent={flush}
          trigger={{ label: `${label}…`, icon, size: "sm", variant: "primary" }}
          title={`${label} ${targets}?`}
          description={`A run of its own moves ${withViews} into PostgreSQL, parked views included. Everything else stays pending.`}
          confirmLabel={`${label} ${targets}`}
          busyLabel="Starting…"
          tone="primary"
        />
        <ConfirmDialog
          form={form}
          intent="discard"
          trigger={{ label: "Discard…", icon: Trash2, size: "sm", variant: "secondary" }}
          title={`Discard ${targets}?`}
          description={
            count === 0 || views === null
              ? `The pending views of ${targets} will be lost for good. Persisted views stay.`
              : `${formatCount(views, "view")} of ${targets} will be lost for good. Persisted views stay.`
          }
          confirmLabel={
            count === 0 || views === null
              ? "Discard their views"
              : `Discard ${formatCount(views, "view")}`
          }
          busyLabel="Discarding…"
          isRefused={reasonErrors !== undefined}
        >
          <TextareaField
            label="Reason"
            hint="Kept in the audit log"
            name="why"
            required
            maxLength={500}
            errors={reasonErrors}
          />
        </ConfirmDialog>
      </SelectionBar>
    </>
  );
}
