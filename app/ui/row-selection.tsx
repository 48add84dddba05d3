import clsx from "clsx";
import { useEffect, useRef, type ReactNode } from "react";
import { useHydrated } from "./use-hydrated";
import type { RowSelection } from "./use-row-selection";
import { Checkbox } from "./checkbox";
import { formatCount, formatNumber } from "~/lib/format";

const SELECT_ALL = "select-all";

/** The box of a row, sent as one of `name`. */
export function RowCheckbox({
  selection,
  id,
  form,
  name = "target",
}: {
  selection: RowSelection;
  id: string;
  form: string;
  name?: string;
}) {
  return (
    <Checkbox
      label={`Select ${id}`}
      hideLabel
      form={form}
      name={name}
      value={id}
      checked={selection.isSelected(id)}
      onChange={() => selection.toggle(id)}
    />
  );
}

/** The box in the table's head. Needs JavaScript, and is not shown without. */
export function SelectAllCheckbox({ selection }: { selection: RowSelection }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = selection.state === "some";
  });
  if (!useHydrated()) return <span className="inline-block size-6" />;
  return (
    <Checkbox
      ref={box}
      id={SELECT_ALL}
      label="Select all on this page"
      hideLabel
      checked={selection.state === "all"}
      onChange={selection.toggleAll}
    />
  );
}

export interface SelectionBarProps {
  selection: RowSelection;
  form: string;
  /** How many rows match the filter, on all pages. */
  total: number;
  /** "target" */
  noun: string;
  /** The buttons; shown only when something is selected (always without JavaScript). */
  children: ReactNode;
}

/**
 * What is selected, and the offer to take everything that matches, as mail programs make it. Sends
 * `scope=matching` with the form in that case; without JavaScript a box does the same.
 */
export function SelectionBar({ selection, form, total, noun, children }: SelectionBarProps) {
  const isHydrated = useHydrated();
  const count = selection.isMatching ? total : selection.selected.length;
  if (isHydrated && count === 0) return null;
  const isMoreThanPage = selection.state === "all" && total > selection.selected.length;
  return (
    <div
      className={clsx(
        "flex flex-wrap justify-between gap-x-4 gap-y-2 border-b bg-accent-soft px-4 py-2 sm:px-5",
        // Without JavaScript the dialogs unfold here.
        isHydrated ? "items-center" : "items-start",
      )}
    >
      {isHydrated ? (
        <p className="flex flex-wrap items-center gap-x-3" role="status">
          <span className="font-medium">
            {selection.isMatching ? "All " : ""}
            {formatCount(count, noun)} selected
          </span>
          {isMoreThanPage && !selection.isMatching && (
            <BarButton onClick={() => selection.selectMatching()}>
              Select all {formatNumber(total)} that match
            </BarButton>
          )}
          <BarButton
            onClick={() => {
              selection.clear();
              // The button goes with the bar, and would take the focus along.
              document.getElementById(SELECT_ALL)?.focus();
            }}
          >
            Clear
          </BarButton>
          {selection.isMatching && (
            <input type="hidden" form={form} name="scope" value="matching" />
          )}
        </p>
      ) : (
        <Checkbox
          label={`Everything that matches (${formatCount(total, noun)}), not only what is ticked`}
          form={form}
          name="scope"
          value="matching"
        />
      )}
      <div className="flex flex-wrap items-start gap-2">{children}</div>
    </div>
  );
}

function BarButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="min-h-target rounded-sm font-medium text-accent-text underline underline-offset-2"
    >
      {children}
    </button>
  );
}
