import { Num } from "~/ui/num";
import { formatShare } from "~/lib/format";
import { TextLink } from "~/ui/text-link";

export interface TopTopic {
  topicId: string;
  views: number;
}

/**
 * The topics with the most views, most first. A table whose rows are bars: it is its own alternative,
 * its rows are links, and it needs neither JavaScript nor recharts.
 */
export function TopTopicsChart({ data, total }: { data: TopTopic[]; total?: number }) {
  const most = Math.max(1, ...data.map(({ views }) => views));
  return (
    <table className="w-full">
      <caption className="sr-only">Topics with the most views</caption>
      <thead className="text-xs text-ink-muted">
        <tr>
          <th scope="col" className="pb-1.5 text-left font-medium">
            Topic
          </th>
          <th scope="col" className="pb-1.5 text-right font-medium">
            Views
          </th>
          {total !== undefined && (
            <th scope="col" className="pb-1.5 pl-4 text-right font-medium">
              Share
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {data.map(({ topicId, views }) => (
          <tr key={topicId}>
            <td className="w-full max-w-0 py-0.5 pr-3">
              <div className="relative flex h-7 items-center">
                <div
                  data-fill
                  aria-hidden
                  className="absolute inset-y-0 left-0 rounded-r-sm border-l-2 border-chart-1 bg-accent-soft"
                  style={{ width: `${(views / most) * 100}%` }}
                />
                <TextLink
                  quiet
                  to={`/admin/topics/${encodeURIComponent(topicId)}`}
                  className="relative truncate px-2.5"
                >
                  {topicId}
                </TextLink>
              </div>
            </td>
            <td className="whitespace-nowrap text-right">
              <Num value={views} />
            </td>
            {total !== undefined && (
              <td className="whitespace-nowrap pl-4 text-right tabular-nums text-ink-muted">
                {formatShare(total === 0 ? 0 : views / total)}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
