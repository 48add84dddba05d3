import { useSearchParams } from "@remix-run/react";
import { BarTable, type BarTableRow } from "~/routes/admin/bar-table";
import type { ShownPeriod } from "~/routes/admin/period-control";
import { TopicName } from "~/routes/admin/topic-name";
import { Card } from "~/ui/card";
import { TextLink } from "~/ui/text-link";
import { searchLink } from "~/ui/search-params";
import type { Available } from "~/platform/available.server";
import type { presentTopTopics } from "./load.server";

type Topics = Awaited<ReturnType<typeof presentTopTopics>>;

/** The topics that were read most, those that were read more than before, and the categories. */
export function TopTopics({ topics, period }: { topics: Available<Topics>; period: ShownPeriod }) {
  const [params] = useSearchParams();
  const { search } = searchLink(params, {});
  if (!topics.available || topics.top.length === 0) return null;
  const { top, rising, categories, kinds } = topics;
  const { isCompared } = period;
  const total = categories.reduce((sum, { views }) => sum + views, 0);
  const rowsOf = (rows: Topics["top"]): BarTableRow[] =>
    rows.map(({ topicId, name, views, previous }) => ({
      key: topicId,
      label: <TopicName truncate {...{ topicId, name, search }} />,
      views,
      previous,
    }));
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Card
        title="Top topics"
        description="Most views in the period"
        action={<TextLink to={`/admin/topics${search}`}>All topics</TextLink>}
      >
        <BarTable
          caption="Topics with the most views"
          noun="Topic"
          rows={rowsOf(top)}
          {...{ total, isCompared }}
        />
      </Card>
      {period.previous && (
        <Card title="Rising" description="Largest growth since the period before">
          {rising.length > 0 ? (
            <BarTable
              caption="Topics that have grown most"
              noun="Topic"
              rows={rowsOf(rising)}
              isCompared
            />
          ) : (
            <p className="text-ink-muted">No topic has more views than in the period before.</p>
          )}
        </Card>
      )}
      {categories.some(({ category }) => category !== null) && (
        <Card title="Categories" description="Views of their topics in the period">
          <BarTable
            caption="Categories by views"
            noun="Category"
            rows={categories.map(({ category, views, previous }) => ({
              key: category ?? "",
              label:
                category === null ? (
                  <span className="text-ink-muted">No category</span>
                ) : (
                  <TextLink
                    quiet
                    to={`/admin/topics${searchLink(params, { category }).search}`}
                    className="block truncate"
                  >
                    <bdi>{category}</bdi>
                  </TextLink>
                ),
              views,
              previous,
            }))}
            {...{ total, isCompared }}
          />
        </Card>
      )}
      <ViewsByKind kinds={kinds} />
    </div>
  );
}

const kindLabels: Record<Topics["kinds"][number]["kind"], string> = {
  wallet: "Counted, with a wallet",
  anonymous: "Counted, without a wallet",
  duplicate: "Not counted: seen by the viewer before",
  bot: "Not counted: a bot",
  capped: "Not counted: too many from one network",
};

/** How many requests to count were counted, and why others were not. Not shown before the first request. */
function ViewsByKind({ kinds }: Pick<Topics, "kinds">) {
  if (kinds.every(({ views }) => views === 0)) return null;
  return (
    <Card
      title="Views by kind"
      description="By the UTC day on which they came in; a crash may have lost a few of these numbers"
    >
      <BarTable
        caption="Views by kind"
        noun="Kind"
        rows={kinds.map(({ kind, views }) => ({
          key: kind,
          label: <span className="block truncate">{kindLabels[kind]}</span>,
          views,
          previous: 0,
        }))}
        isCompared={false}
      />
    </Card>
  );
}
