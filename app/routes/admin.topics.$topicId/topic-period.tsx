import { Change } from "~/routes/admin/change";
import { Later } from "~/routes/admin/later";
import type { ShownPeriod } from "~/routes/admin/period-control";
import { ViewsChart } from "~/routes/admin/views-chart";
import type { Series } from "~/routes/admin/views-plot";
import { topicText } from "~/stats/topic-text";
import { Card } from "~/ui/card";
import { formatDay, formatNumber } from "~/lib/format";
import { Num } from "~/ui/num";
import { Stat, StatGroup } from "~/ui/stat";
import type { presentRank, presentTopicPeriod } from "./load.server";

type InPeriod = Awaited<ReturnType<typeof presentTopicPeriod>>;
type Rank = Awaited<ReturnType<typeof presentRank>>;

/** The views of a topic in the period by day, compared with the period before or with other topics. */
export function TopicPeriod({
  inPeriod: { unit, topics, peak },
  period: { isCompared },
  rank,
}: {
  inPeriod: InPeriod;
  period: ShownPeriod;
  rank: Rank | Promise<Rank>;
}) {
  const [own, ...others] = topics;
  if (!own) return null;
  const isAlone = others.length === 0;
  const before: Series[] = isCompared
    ? [{ label: "Period before", color: "chart-neutral", kind: "line" }]
    : [];
  const series: Series[] = isAlone
    ? [{ label: "This period", color: "chart-1", kind: "bars" }, ...before]
    : topics.map(({ topicId, name }, index) => ({
        label: topicText(topicId, name),
        color: `chart-${index + 1}`,
        kind: "line",
      }));
  const rows = own.bars.map(({ from, to, views, previous = 0 }, index) => ({
    from,
    to,
    views: isAlone
      ? [views, ...(isCompared ? [previous] : [])]
      : topics.map(({ bars }) => bars[index]?.views ?? 0),
  }));
  return (
    <>
      <StatGroup columns={3}>
        <Stat
          label="Views in the period"
          value={<Num value={own.views} />}
          hint={isCompared && <Change views={own.views} previous={own.previous} />}
        />
        <Stat
          label="Rank in the period"
          value={
            <Later value={rank} waiting="…">
              {({ rank: place }) => (place === null ? "–" : `#${formatNumber(place)}`)}
            </Later>
          }
          hint={
            <Later value={rank} waiting="being found out">
              {({ rank: place, of }) =>
                place === null
                  ? own.views > 0
                    ? `after the first ${formatNumber(of)}`
                    : "no views in it"
                  : `of ${formatNumber(of)}`
              }
            </Later>
          }
        />
        <Stat
          label="Peak day"
          value={peak ? <Num value={peak.views} /> : "–"}
          hint={peak ? `${formatDay(peak.day)} (UTC)` : "no views in the period"}
        />
      </StatGroup>
      <Card title="Views" description="By the UTC day on which they were flushed">
        <ViewsChart unit={unit} rows={rows} series={series} />
      </Card>
    </>
  );
}
