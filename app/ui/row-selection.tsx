import { useEffect, useRef, type ReactNode } from "react";
import { useHydrated } from "./use-hydrated";
import type { RowSelection } from "./use-row-selection";
import { formatCount, formatNumber } from "~/lib/format";

const SELECT_ALL = "select-all";
const labelClass =
  "inline-flex min-h-target min-w-target cursor-pointer items-center justify-center";
const boxClass = "size-4 cursor-pointer accent-accent disabled:cursor-not-allowed";

/**
 * The check box of a row, sent as one of `target`. Disabled until hydration: a tick before would be missed.
 */
export function RowCheckbox({
  selection,
  id,
  form,
}: {
  selection: RowSelection;
  id: string;
  form: string;
}) {
  return (
    <label className={labelClass}>
      <input
        type="checkbox"
        form={form}
        name="target"
        value={id}
        disabled={!useHydrated()}
        checked={selection.isSelected(id)}
        onChange={({ nativeEvent }) =>
          selection.toggle(id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
        }
        className={boxClass}
      />
      <span className="sr-only">Select {id}</span>
    </label>
  );
}

/** The box in the table's head. */
export function SelectAllCheckbox({ selection }: { selection: RowSelection }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = selection.state === "some";
  });
  return (
    <label className={labelClass}>
      <input
        ref={box}
        id={SELECT_ALL}
        type="checkbox"
        disabled={!useHydrated()}
        checked={selection.state === "all"}
        onChange={selection.toggleAll}
        className={boxClass}
      />
      <span className="sr-only">Select all on this page</span>
    </label>
  );
}

export interface SelectionBarProps {
  selection: RowSelection;
  /** How many rows match the filter, on all pages. */
  total: number;
  /** "target" */
  noun: string;
  /** More about the selected rows. */
  more: string;
  /** The buttons, shown only when something is selected. */
  children: ReactNode;
}

/**
 * What is selected, and the offer to select everything that matches, as in mail programs. In that case it
 * adds `scope=matching` to the surrounding form.
 */
export function SelectionBar({ selection, total, noun, more, children }: SelectionBarProps) {
  const { isMatching, selected, state } = selection;
  const count = isMatching ? total : selected.length;
  if (count === 0) return null;
  return (
    <div
      data-selection-bar
      className="sticky top-12 z-10 flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b bg-accent-soft px-4 py-1.5 sm:px-5"
    >
      <p className="flex flex-wrap items-center gap-x-3" role="status">
        <span className="font-medium">
          {isMatching ? "All " : ""}
          {formatCount(count, noun)} selected, {more}
        </span>
        {state === "all" && total > selected.length && !isMatching && (
          <BarButton onClick={selection.selectMatching}>
            Select all {formatNumber(total)} that match
          </BarButton>
        )}
        <BarButton
          onClick={() => {
            selection.clear();
            // The button disappears with the bar, and the focus would be lost with it.
            document.getElementById(SELECT_ALL)?.focus();
          }}
        >
          Clear
        </BarButton>
        {isMatching && <input type="hidden" name="scope" value="matching" />}
      </p>
      <div className="flex flex-wrap gap-2">{children}</div>
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
