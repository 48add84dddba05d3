import { useActionData } from "@remix-run/react";
import type { ReasonRefusal } from "~/routes/admin/reason";
import { usePageState } from "./use-page-state";

export interface RowSelection {
  /** The ticked rows of this page; rows that are gone don't count. */
  selected: string[];
  isSelected: (id: string) => boolean;
  toggle: (id: string) => void;
  state: "none" | "some" | "all";
  toggleAll: () => void;
  /** Everything that matches the filter, not only the ticked rows. */
  isMatching: boolean;
  selectMatching: () => void;
  clear: () => void;
}

interface Choice {
  ticked: ReadonlySet<string>;
  isMatching: boolean;
}

const nothing: Choice = { ticked: new Set(), isMatching: false };

/**
 * Which rows of a list are ticked. `ids` are the rows of the page that can be. Another filter, order or
 * page starts with none, so that nobody acts on rows that are out of sight; a form that was refused
 * leaves its rows ticked.
 */
export function useRowSelection(ids: string[]): RowSelection {
  const refused = useActionData<Partial<ReasonRefusal>>()?.targets;
  const [choice, setChoice] = usePageState<Choice>(
    refused ? { ticked: new Set(refused), isMatching: false } : nothing,
  );
  const selected = ids.filter((id) => choice.ticked.has(id));
  const isAll = ids.length > 0 && selected.length === ids.length;
  return {
    selected,
    isSelected: (id) => choice.ticked.has(id),
    toggle(id) {
      const ticked = new Set(choice.ticked);
      if (!ticked.delete(id)) ticked.add(id);
      setChoice({ ticked, isMatching: false });
    },
    state: selected.length === 0 ? "none" : isAll ? "all" : "some",
    toggleAll: () => setChoice(isAll ? nothing : { ticked: new Set(ids), isMatching: false }),
    isMatching: choice.isMatching && isAll,
    selectMatching: () => setChoice({ ...choice, isMatching: true }),
    clear: () => setChoice(nothing),
  };
}
