import { Form, Link, useSearchParams, useSubmit } from "@remix-run/react";
import clsx from "clsx";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { pageSizes } from "~/lists/list-search";
import type { PageInfo } from "~/lists/paging";
import { formatCount, formatNumber } from "~/lib/format";
import { KeptParams } from "./kept-params";
import { changedSearch } from "./search-params";
import { selectClass } from "./select-class";

export interface PaginationProps {
  info: PageInfo;
  /** What is listed, "target". */
  noun: string;
  /** The parameter in the address, where a page has several lists. */
  name?: string;
}

/** Sets the page and `size` in the address. Nothing for an empty list, which has an `EmptyState`. */
export function Pagination({ info, noun, name = "page" }: PaginationProps) {
  const { page, pages, pageSize, total, offset, hasMore } = info;
  if (total === 0) return null;
  const last = Math.min(total, offset + pageSize);
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-t px-4 py-3 text-xs text-ink-muted sm:px-5">
      <p className="tabular-nums">
        {formatNumber(offset + 1)}–{formatNumber(last)} of {hasMore && "more than "}
        <span className="font-medium text-ink">{formatCount(total, noun)}</span>
      </p>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2">
        {total > Math.min(...pageSizes) && <PageSize pageSize={pageSize} />}
        {pages > 1 && (
          <nav aria-label="Pages">
            <ul className="flex items-center gap-1">
              <li>
                <PageLink
                  name={name}
                  to={page > 1 ? page - 1 : undefined}
                  rel="prev"
                  label="Previous page"
                >
                  <ChevronLeft aria-hidden className="size-4" />
                </PageLink>
              </li>
              {pageNumbers(page, pages).map((number, index) => (
                <li
                  key={number ?? `gap-${index}`}
                  className={clsx(number !== page && "max-sm:hidden")}
                >
                  {number === undefined ? (
                    <span className="px-1">…</span>
                  ) : (
                    <PageLink
                      name={name}
                      to={number}
                      label={`Page ${number}`}
                      current={number === page}
                    >
                      {formatNumber(number)}
                    </PageLink>
                  )}
                </li>
              ))}
              <li>
                <PageLink
                  name={name}
                  to={page < pages ? page + 1 : undefined}
                  rel="next"
                  label="Next page"
                >
                  <ChevronRight aria-hidden className="size-4" />
                </PageLink>
              </li>
            </ul>
          </nav>
        )}
      </div>
    </div>
  );
}

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

const pageLinkClass =
  "inline-flex h-7 min-w-7 items-center justify-center rounded-md px-1.5 font-medium tabular-nums";

function PageLink({
  name,
  to,
  label,
  current = false,
  rel,
  children,
}: {
  name: string;
  /** Undefined where there is no such page. */
  to: number | undefined;
  label: string;
  current?: boolean;
  rel?: "prev" | "next";
  children: ReactNode;
}) {
  const [params] = useSearchParams();
  if (to === undefined) {
    return (
      <span aria-hidden className={clsx(pageLinkClass, "opacity-40")}>
        {children}
      </span>
    );
  }
  return (
    <Link
      to={{ search: changedSearch(params, { [name]: to === 1 ? null : to }) }}
      rel={rel}
      aria-label={label}
      aria-current={current ? "page" : undefined}
      className={clsx(
        pageLinkClass,
        current ? "bg-accent-soft text-accent-text" : "hover:bg-surface-muted hover:text-ink",
      )}
    >
      {children}
    </Link>
  );
}

function PageSize({ pageSize }: { pageSize: number }) {
  const [params] = useSearchParams();
  const submit = useSubmit();
  return (
    <Form method="get" className="flex items-center gap-2">
      <KeptParams params={params} except={["size"]} />
      <label className="flex items-center gap-2">
        Rows
        <select
          key={pageSize}
          name="size"
          defaultValue={pageSize}
          className={selectClass("sm")}
          onChange={(event) => submit(event.currentTarget.form, { preventScrollReset: true })}
        >
          {pageSizes.map((size) => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </label>
      <noscript>
        <button type="submit" className="min-h-target underline">
          Show
        </button>
      </noscript>
    </Form>
  );
}
