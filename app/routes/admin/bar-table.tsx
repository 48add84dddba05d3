import type { ReactNode } from "react";
import { Num } from "~/ui/num";
import { formatShare } from "~/lib/format";
import { Change } from "./change";

export interface BarTableRow {
  key: string;
  label: ReactNode;
  views: number;
  previous: number;
}

/**
 * What has the most views, in order. A table whose rows are bars needs no text alternative, neither
 * JavaScript nor recharts, and its rows can be links.
 */
export function BarTable({
  caption,
  noun,
  rows,
  total,
  isCompared,
}: {
  caption: string;
  /** What the first column lists: "Topic". */
  noun: string;
  rows: BarTableRow[];
  /** The total for the shares; without it no shares are shown. */
  total?: number;
  isCompared: boolean;
}) {
  const most = Math.max(1, ...rows.map(({ views }) => views));
  const heading = "whitespace-nowrap pb-1.5 pl-4 text-right font-medium";
  return (
    <table className="w-full">
      <caption className="sr-only">{caption}</caption>
      <thead className="text-xs text-ink-muted">
        <tr>
          <th scope="col" className="pb-1.5 text-left font-medium">
            {noun}
          </th>
          <th scope="col" className={heading}>
            Views
          </th>
          {isCompared && (
            <th scope="col" className={heading}>
              Change
            </th>
          )}
          {total !== undefined && (
            <th scope="col" className={`${heading} max-sm:hidden`}>
              Share
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, label, views, previous }) => (
          <tr key={key}>
            <td className="w-full max-w-0 py-0.5">
              <div className="relative flex h-8 items-center">
                <div
                  data-fill
                  aria-hidden
                  className="absolute inset-y-0 left-0 rounded-r-sm border-l-2 border-chart-1 bg-accent-soft"
                  style={{ width: `${(views / most) * 100}%` }}
                />
                <div className="relative min-w-0 px-2.5">{label}</div>
              </div>
            </td>
            <td className="whitespace-nowrap pl-4 text-right">
              <Num value={views} />
            </td>
            {isCompared && (
              <td className="pl-4 text-right text-xs">
                <Change views={views} previous={previous} />
              </td>
            )}
            {total !== undefined && (
              <td className="whitespace-nowrap pl-4 text-right tabular-nums text-ink-muted max-sm:hidden">
                {formatShare(total === 0 ? 0 : views / total)}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
