import { usePageState } from "./use-page-state";

const nothing: { ticked: Set<string>; isMatching: boolean; last?: string } = {
  ticked: new Set(),
  isMatching: false,
};

/**
 * Which rows of a list are ticked. `ids` are the rows of the page that can be. Another filter, order or
 * page starts with none, so that nobody acts on rows that are out of sight; a form that was refused
 * leaves its rows ticked.
 */
export function useRowSelection(ids: string[]) {
  const [choice, setChoice] = usePageState(nothing);
  /** The ticked rows of this page; rows that are gone don't count. */
  const selected = ids.filter((id) => choice.ticked.has(id));
  const isAll = ids.length > 0 && selected.length === ids.length;
  const state: "none" | "some" | "all" = selected.length === 0 ? "none" : isAll ? "all" : "some";
  return {
    selected,
    state,
    isSelected: (id: string) => choice.ticked.has(id),
    /**
     * With `isRange`, all rows from the one that was changed last to this one get the same state as this one.
     */
    toggle(id: string, isRange: boolean) {
      const from = isRange && choice.last !== undefined ? ids.indexOf(choice.last) : -1;
      const to = ids.indexOf(id);
      const range = from < 0 ? [id] : ids.slice(Math.min(from, to), Math.max(from, to) + 1);
      const ticked = new Set(choice.ticked);
      const isTicked = !ticked.has(id);
      for (const one of range) ticked[isTicked ? "add" : "delete"](one);
      setChoice({ ticked, isMatching: false, last: id });
    },
    toggleAll: () => setChoice(isAll ? nothing : { ticked: new Set(ids), isMatching: false }),
    /** Everything that matches the filter, not only the ticked rows. */
    isMatching: choice.isMatching && isAll,
    selectMatching: () => setChoice({ ...choice, isMatching: true }),
    clear: () => setChoice(nothing),
  };
}

export type RowSelection = ReturnType<typeof useRowSelection>;
