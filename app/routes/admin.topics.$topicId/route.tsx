import type {
  ActionFunctionArgs,
  LoaderFunctionArgs,
  MetaFunction,
  SerializeFrom,
} from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Clock, Database, Eye, History } from "lucide-react";
import { ViewsPerDayChart } from "~/routes/admin/charts";
import { TakeOff } from "./take-off";
import { takeOff } from "./take-off.server";
import { TopicFailures } from "./topic-failures";
import { TopicMonths } from "./topic-months";
import { Banner } from "~/ui/banner";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { formatNumber } from "~/lib/format";
import { Num } from "~/ui/num";
import { PageHeader } from "~/ui/page-header";
import { Stat, StatGroup } from "~/ui/stat";
import { topicText } from "~/stats/topic-text";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { pageUnavailable } from "~/server/page-unavailable.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { actOnFailures } from "~/routes/admin/act-on-failures.server";
import { CHANGE_VIEWS, may } from "~/accounts/rights";
import { requireRight, requireUser } from "~/server/guards.server";
import { presentTopic, type TopicPage as Topic } from "./load.server";

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data ? `Topic ${data.topicId}` : "Topic"} · Forum Views` },
];

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  const { services } = context;
  try {
    const topic = await presentTopic(services, params.topicId ?? "");
    if (topic) return { isAdmin: may({ role }, CHANGE_VIEWS), ...topic };
  } catch (error) {
    throw pageUnavailable(error, services.logger);
  }
  throw new Response("There is no such topic", { status: 404, statusText: "Not Found" });
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const user = await requireRight({ request, context }, CHANGE_VIEWS);
  const form = await readForm(request, SMALL_FORM);
  const topicId = params.topicId ?? "";
  if (form.get("intent") === "take-off") return takeOff(context, { user, form, topicId });
  // A topic whose last views were discarded has no page any more.
  return actOnFailures(context, { user, form, from: "/admin/failures" });
}

export default function TopicPage() {
  const { isAdmin, ...topic } = useLoaderData<typeof loader>();
  useLiveRefresh(5_000);
  const { topicId, name, views, days, months } = topic;
  return (
    <>
      <PageHeader
        back={{ label: "Topics", to: "/admin/topics" }}
        title={name?.title ?? `Topic ${topicId}`}
        purpose="Its views, wherever they are on their way."
        actions={
          isAdmin &&
          views.baseViews > 0 && (
            <TakeOff topic={topicText(topicId, name)} persisted={views.baseViews} />
          )
        }
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
          hint={pendingHint(topic)}
        />
        <Stat
          label="Last flush"
          icon={History}
          value={views.lastUpdated === null ? "–" : <DateTime value={views.lastUpdated} relative />}
          hint={views.lastUpdated === null ? "never flushed yet" : undefined}
        />
      </StatGroup>
      <TopicFailures topic={topic} isAdmin={isAdmin} />
      <Card title="Views per day" description="By the day on which they were flushed, last 30 days">
        <ViewsPerDayChart data={days} />
      </Card>
      {months.length > 0 && <TopicMonths months={months} />}
    </>
  );
}

function pendingHint({ pending, failure }: SerializeFrom<Topic>): string | undefined {
  if (!pending.available) return pending.reason;
  const { overlay, batch } = pending;
  const places = [
    overlay > 0 && `${formatNumber(overlay)} waiting`,
    batch > 0 && `${formatNumber(batch)} being written`,
    failure && `${formatNumber(failure.views)} ${failure.isParked ? "parked" : "failing"}`,
  ];
  return places.filter(Boolean).join(", ") || "everything is persisted";
}
