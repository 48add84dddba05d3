import { Link, useSearchParams } from "@remix-run/react";
import clsx from "clsx";
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import {
  useEffect,
  useRef,
  useState,
  type ReactNode,
  type TdHTMLAttributes,
  type ThHTMLAttributes,
} from "react";
import type { Word } from "~/lib/words";
import { Explain } from "./explain";
import { Num } from "./num";
import { searchLink } from "./search-params";

export interface TableProps {
  /** Names the table, and the region that scrolls sideways on a narrow screen. */
  label: string;
  /** Keeps the head visible on a wide screen, unless the table is still wider. */
  stickyHead?: boolean;
  children: ReactNode;
}

/**
 * The region can be focused, because without a pointer it can only be scrolled by keys. On a phone each row
 * is a card; see tailwind.css.
 */
export function Table({ label, stickyHead = false, children }: TableProps) {
  const region = useRef<HTMLDivElement>(null);
  const [isCut, setCut] = useState(false);
  useEffect(() => {
    const element = region.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setCut(element.scrollWidth > element.clientWidth));
    for (const box of [element, ...element.children]) observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const isHeadSticky = stickyHead && !isCut;
  return (
    <div
      ref={region}
      role="region"
      aria-label={label}
      tabIndex={0}
      className={clsx("relative overflow-x-auto", isHeadSticky && "xl:overflow-x-visible")}
    >
      <table
        data-sticky={isHeadSticky || undefined}
        className="w-full border-collapse text-left [&_tbody_tr:hover]:bg-surface-muted/60 [&_tbody_tr]:border-t [&_tbody_tr]:border-line"
      >
        <caption className="sr-only">{label}</caption>
        {children}
      </table>
      {isCut && (
        <p className="sticky left-0 w-fit px-4 py-1 text-xs text-ink-muted print:hidden">
          The table continues to the right.
        </p>
      )}
    </div>
  );
}

const cell = "px-3 first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5";
const heading = "whitespace-nowrap bg-surface-muted/60 py-2 text-xs font-medium text-ink-muted";

/** For the cells of a column that is left out on screens of middle size, where the table would be too wide. */
export const leftOutWhenNarrow = "sm:max-2xl:hidden";

export interface ThProps extends ThHTMLAttributes<HTMLTableCellElement> {
  numeric?: boolean;
  /** Explains on demand what the column shows. */
  word?: Word;
}

export function Th({ numeric, word, className, scope = "col", children, ...rest }: ThProps) {
  return (
    <th scope={scope} className={clsx(cell, heading, numeric && "text-right", className)} {...rest}>
      {children}
      {word && <Explain word={word} />}
    </th>
  );
}

export interface Sort {
  column: string;
  direction: "asc" | "desc";
}

export interface SortableThProps {
  column: string;
  /** The current order of the list. */
  sort: Sort;
  /** The direction that the first press asks for: numbers and dates start with the largest. */
  first?: Sort["direction"];
  numeric?: boolean;
  word?: Word;
  className?: string;
  children: ReactNode;
}

/** Sets `sort` and `dir` in the address, keeps its other parameters and goes back to the first page. */
export function SortableTh({ column, sort, first = "desc", children, ...rest }: SortableThProps) {
  const [params] = useSearchParams();
  const sorted = sort.column === column ? sort.direction : undefined;
  const other = sorted === "asc" ? "desc" : "asc";
  const Icon = !sorted ? ChevronsUpDown : sorted === "asc" ? ArrowUp : ArrowDown;
  return (
    <Th aria-sort={sorted && (sorted === "asc" ? "ascending" : "descending")} {...rest}>
      <Link
        to={searchLink(params, { sort: column, dir: sorted ? other : first })}
        preventScrollReset
        className={clsx(
          "inline-flex min-h-target items-center gap-1 rounded-sm hover:text-ink",
          sorted && "text-ink",
        )}
      >
        {children}
        <Icon aria-hidden className={clsx("size-3.5", !sorted && "opacity-60")} />
      </Link>
    </Th>
  );
}

export interface TdProps extends TdHTMLAttributes<HTMLTableCellElement> {
  numeric?: boolean;
  /** For secondary facts. */
  muted?: boolean;
  /** The column's name, which stands before the value where the row is a card. */
  label?: string;
}

export function Td({ numeric, muted, label, className, ...rest }: TdProps) {
  return (
    <td
      data-label={label}
      className={clsx(
        cell,
        "py-2.5 align-middle",
        numeric && "whitespace-nowrap text-right tabular-nums",
        muted && "text-ink-muted",
        className,
      )}
      {...rest}
    />
  );
}

/** A number; a dash stands for null. */
export function NumTd({ value, ...rest }: TdProps & { value: number | null }) {
  return (
    <Td numeric {...rest}>
      {value === null ? "–" : <Num value={value} />}
    </Td>
  );
}

/** The cell that names its row. */
export function RowTh({ className, ...rest }: ThHTMLAttributes<HTMLTableCellElement>) {
  return (
    <th scope="row" className={clsx(cell, "py-2.5 text-left font-medium", className)} {...rest} />
  );
}
