import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Clock, Database, Eye, History } from "lucide-react";
import { ViewsPerDayChart } from "~/ui/charts/charts";
import { TopicFailures } from "./topic-failures";
import { TopicMonths } from "./topic-months";
import { Banner } from "~/ui/banner";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { formatNumber } from "~/lib/format";
import { Num } from "~/ui/num";
import { PageHeader } from "~/ui/page-header";
import { Stat, StatGroup } from "~/ui/stat";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { pageUnavailable } from "~/server/page-unavailable.server";
import { requireUser } from "~/server/guards.server";
import { presentTopic, type TopicView } from "./load.server";

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data ? `Topic ${data.topicId}` : "Topic"} · Forum Views` },
];

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  const { services } = context;
  try {
    const topic = await presentTopic(services, params.topicId ?? "");
    if (topic) return topic;
  } catch (error) {
    throw pageUnavailable(error, services.logger);
  }
  throw new Response("There is no such topic", { status: 404, statusText: "Not Found" });
}

export default function TopicPage() {
  const topic = useLoaderData<typeof loader>();
  useLiveRefresh(5_000);
  const { topicId, views, days, months } = topic;
  return (
    <>
      <PageHeader
        back={{ label: "Topics", to: "/admin/topics" }}
        title={`Topic ${topicId}`}
        purpose="Its views, wherever they are on their way."
      />
      {views.degraded && (
        <Banner tone="warning" title="Redis is away">
          The numbers show what is persisted; pending views are not known at the moment.
        </Banner>
      )}
      <StatGroup>
        <Stat label="All views" icon={Eye} value={<Num value={views.uniqueViews} />} />
        <Stat label="Persisted" icon={Database} value={<Num value={views.baseViews} />} />
        <Stat
          label="Pending"
          icon={Clock}
          value={views.degraded ? "Unknown" : <Num value={views.overlayViews} />}
          hint={pendingHint(topic.pending)}
        />
        <Stat
          label="Last flush"
          icon={History}
          value={views.lastUpdated === null ? "–" : <DateTime value={views.lastUpdated} relative />}
          hint={views.lastUpdated === null ? "never flushed yet" : undefined}
        />
      </StatGroup>
      <TopicFailures topic={topic} />
      <Card title="Views per day" description="By the day on which they were flushed, last 30 days">
        <ViewsPerDayChart data={days} />
      </Card>
      {months.length > 0 && <TopicMonths months={months} />}
    </>
  );
}

function pendingHint(pending: TopicView["pending"]): string | undefined {
  if (!pending.available) return pending.reason;
  const { overlay, batch, parked } = pending;
  const places = [
    overlay > 0 && `${formatNumber(overlay)} waiting`,
    batch > 0 && `${formatNumber(batch)} in batch`,
    parked > 0 && `${formatNumber(parked)} parked`,
  ];
  return places.filter(Boolean).join(", ") || "everything is persisted";
}
