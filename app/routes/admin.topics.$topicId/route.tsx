import {
  defer,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  type SerializeFrom,
} from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { ExternalLink } from "lucide-react";
import { Beside } from "./beside";
import { TakeOff } from "./take-off";
import { takeOff } from "./take-off.server";
import { TopicDecisions, TopicFailures } from "./topic-history";
import { TopicPeriod } from "./topic-period";
import { Banner } from "~/ui/banner";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { EmptyState } from "~/ui/empty-state";
import { KeyValueList } from "~/ui/key-value";
import { formatNumber } from "~/lib/format";
import { Num } from "~/ui/num";
import { PageHeader } from "~/ui/page-header";
import { PeriodControl } from "~/routes/admin/period-control";
import { readShownPeriod, soon } from "~/routes/admin/shown-period.server";
import { buttonClass } from "~/ui/button";
import { periodSearch } from "~/stats/period";
import { topicText } from "~/stats/topic-text";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { actOnFailures } from "~/routes/admin/act-on-failures.server";
import { CHANGE_VIEWS, may } from "~/accounts/rights";
import { requireRight, requireUser } from "~/server/guards.server";
import { TOPIC_ID_PATTERN } from "~/sync/target";
import {
  presentRank,
  presentTopic,
  presentTopicPeriod,
  readBeside,
  type TopicPage as Topic,
} from "./load.server";

export const meta: MetaFunction<typeof loader> = ({ data }) => {
  const topic = data?.inPeriod.topics[0];
  return [{ title: `${topic?.name?.title ?? `Topic ${topic?.topicId ?? ""}`} · Forum Views` }];
};

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  const { services } = context;
  const topicId = params.topicId ?? "";
  if (!TOPIC_ID_PATTERN.test(topicId)) {
    throw new Response("No topic can have this id", { status: 404, statusText: "Not Found" });
  }
  const url = new URL(request.url);
  const beside = readBeside(url.searchParams, topicId);
  const wanted = url.searchParams.get("add")?.trim() ?? "";
  if (wanted !== "") {
    const [found] = await services.directory.search(wanted, 1);
    if (found !== undefined) throw redirect(addressWith(url, found));
  }
  const { moment, period, shown } = await readShownPeriod(services, request);
  const topicIds = [topicId, ...beside];
  const [topic, inPeriod, rank] = await Promise.all([
    presentTopic(services, topicId),
    presentTopicPeriod(services, { moment, period, topicIds }),
    soon(presentRank(services, { moment, period, topicId })),
  ]);
  const isAdmin = may({ role }, CHANGE_VIEWS);
  return defer({ isAdmin, topic, inPeriod, period: shown, notFound: wanted, rank: rank.value });
}

/** The address of the page with this topic added to its chart. */
function addressWith(url: URL, topicId: string): string {
  const search = new URLSearchParams(url.searchParams);
  search.delete("add");
  search.append("with", topicId);
  return `${url.pathname}?${search}`;
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const user = await requireRight({ request, context }, CHANGE_VIEWS);
  const form = await readForm(request, SMALL_FORM);
  const topicId = params.topicId ?? "";
  if (form.get("intent") === "take-off") return takeOff(context, { user, form, topicId });
  return actOnFailures(context, {
    user,
    form,
    from: `/admin/topics/${encodeURIComponent(topicId)}`,
  });
}

export default function TopicPage() {
  const { isAdmin, topic, inPeriod, period, notFound, rank } = useLoaderData<typeof loader>();
  useLiveRefresh(5_000);
  const { topicId, views } = topic;
  const name = inPeriod.topics[0]?.name ?? null;
  const isKnown = views.lastUpdated !== null || views.overlayViews > 0 || topic.failure !== null;
  return (
    <>
      <PageHeader
        back={{ label: "Topics", to: `/admin/topics${periodSearch(period)}` }}
        title={<bdi>{name?.title ?? `Topic ${topicId}`}</bdi>}
        purpose={[name?.title && `Topic ${topicId}`, name?.category].filter(Boolean).join(" · ")}
        actions={
          <>
            {name?.url && (
              <a
                href={name.url}
                target="_blank"
                rel="noreferrer"
                className={buttonClass({ variant: "secondary" })}
              >
                <ExternalLink aria-hidden className="size-4" />
                Open in the forum<span className="sr-only">, in a new tab</span>
              </a>
            )}
            {isAdmin && views.baseViews > 0 && (
              <TakeOff topic={topicText(topicId, name)} persisted={views.baseViews} />
            )}
          </>
        }
      />
      {views.degraded && (
        <Banner tone="warning" title="Redis is away">
          The numbers show what is persisted; pending views are not known at the moment.
        </Banner>
      )}
      <TopicFailures topic={topic} isAdmin={isAdmin} />
      <TopicDecisions decisions={topic.decisions} />
      {isKnown || views.degraded ? (
        <>
          <PeriodControl period={period} />
          <TopicPeriod {...{ inPeriod, period, rank }} />
          <Beside topics={inPeriod.topics} notFound={notFound} />
          <Card title="Where its views are">
            <KeyValueList
              items={[
                { label: "All views", value: <Num value={views.uniqueViews} /> },
                { label: "Persisted", value: <Num value={views.baseViews} /> },
                { label: "Pending", value: pendingText(topic) },
                {
                  label: "Last flush",
                  value:
                    views.lastUpdated === null ? (
                      "never flushed yet"
                    ) : (
                      <DateTime value={views.lastUpdated} relative />
                    ),
                },
              ]}
            />
          </Card>
        </>
      ) : (
        <EmptyState title="No views of this topic yet">
          Its numbers appear here as soon as somebody looks at it in the forum.
        </EmptyState>
      )}
    </>
  );
}

function pendingText({ views, pending, failure }: SerializeFrom<Topic>): string {
  if (views.degraded || !pending.available) return "Unknown";
  const { overlay, batch } = pending;
  const places = [
    overlay > 0 && `${formatNumber(overlay)} waiting`,
    batch > 0 && `${formatNumber(batch)} being written`,
    failure && `${formatNumber(failure.views)} ${failure.isParked ? "parked" : "failing"}`,
  ];
  return places.filter(Boolean).join(", ") || "everything is persisted";
}
