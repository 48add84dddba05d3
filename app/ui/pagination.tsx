import { Link, useSearchParams } from "@remix-run/react";
import clsx from "clsx";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { pageSizes } from "~/lists/list-search";
import type { PageInfo } from "~/lists/paging";
import { FilterSelect } from "./filters";
import { formatCount, formatNumber } from "~/lib/format";
import { searchLink } from "./search-params";

export interface PaginationProps {
  info: PageInfo;
  /** What is listed, "target". */
  noun: string;
  /** The parameter in the address, for pages with several lists. */
  name?: string;
}

const sizeOptions = pageSizes.map((size) => ({ value: String(size), label: String(size) }));

/** Sets the page and `size` in the address. Nothing for an empty list, which has an `EmptyState`. */
export function Pagination({ info, noun, name = "page" }: PaginationProps) {
  const { page, pages, pageSize, total, offset, hasMore } = info;
  const [params] = useSearchParams();
  if (total === 0) return null;
  const last = Math.min(total, offset + pageSize);
  const link = (to: number, label: string, children: ReactNode) =>
    to < 1 || to > pages ? (
      <span aria-hidden className={clsx(pageLinkClass, "opacity-40")}>
        {children}
      </span>
    ) : (
      <Link
        to={searchLink(params, { [name]: to === 1 ? null : to })}
        aria-label={label}
        aria-current={to === page ? "page" : undefined}
        className={clsx(
          pageLinkClass,
          to === page ? "bg-accent-soft text-accent-text" : "hover:bg-surface-muted hover:text-ink",
        )}
      >
        {children}
      </Link>
    );
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-t px-4 py-3 text-xs text-ink-muted sm:px-5">
      <p className="tabular-nums">
        {formatNumber(offset + 1)}–{formatNumber(last)} of {hasMore && "more than "}
        <span className="font-medium text-ink">{formatCount(total, noun)}</span>
      </p>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2 print:hidden">
        {total > Math.min(...pageSizes) && (
          <FilterSelect label="Rows" name="size" current={String(pageSize)} options={sizeOptions} />
        )}
        {pages > 1 && (
          <nav aria-label="Pages">
            <ul className="flex items-center gap-1">
              <li>
                {link(page - 1, "Previous page", <ChevronLeft aria-hidden className="size-4" />)}
              </li>
              {pageNumbers(page, pages).map((number, index) => (
                <li
                  key={number ?? `gap-${index}`}
                  className={clsx(number !== page && "max-sm:hidden")}
                >
                  {number === undefined ? (
                    <span className="px-1">…</span>
                  ) : (
                    link(number, `Page ${number}`, formatNumber(number))
                  )}
                </li>
              ))}
              <li>
                {link(page + 1, "Next page", <ChevronRight aria-hidden className="size-4" />)}
              </li>
            </ul>
          </nav>
        )}
      </div>
    </div>
  );
}

const pageLinkClass =
  "inline-flex h-7 min-w-7 items-center justify-center rounded-md px-1.5 font-medium tabular-nums";

/** The first, the last, and those around the current page; undefined stands for a gap. */
export function pageNumbers(page: number, pages: number): Array<number | undefined> {
  const near = [1, page - 1, page, page + 1, pages].filter(
    (number) => number >= 1 && number <= pages,
  );
  const numbers = [...new Set(near)].sort((one, other) => one - other);
  return numbers.flatMap((number, index) => {
    const previous = numbers[index - 1];
    if (previous === undefined || number === previous + 1) return [number];
    return number === previous + 2 ? [previous + 1, number] : [undefined, number];
  });
}
