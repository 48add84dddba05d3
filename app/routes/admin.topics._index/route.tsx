import { defer, type LoaderFunctionArgs, type MetaFunction } from "@remix-run/node";
import { useLoaderData, useSearchParams } from "@remix-run/react";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { FilterSelect } from "~/ui/filters";
import { Change } from "~/routes/admin/change";
import { CsvLink } from "~/routes/admin/csv-link";
import { Later } from "~/routes/admin/later";
import { PeriodControl, type ShownPeriod } from "~/routes/admin/period-control";
import { readShownPeriod, soon } from "~/routes/admin/shown-period.server";
import { TopicName } from "~/routes/admin/topic-name";
import { formatCount, formatNumber, formatShare } from "~/lib/format";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { SearchField } from "~/ui/search-field";
import { searchLink } from "~/ui/search-params";
import { NumTd, RowTh, Table, Td, Th } from "~/ui/table";
import { parseListParams } from "~/lists/list-search";
import { periodSearch } from "~/stats/period";
import { requireUser } from "~/server/guards.server";
import { presentTopics, type TopicList } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Topics · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  const { services } = context;
  const wanted = parseListParams("topics", new URL(request.url).searchParams);
  const [{ moment, period, shown }, categories] = await Promise.all([
    readShownPeriod(services, request),
    services.directory.categories(),
  ]);
  const list = await soon(presentTopics(services, { ...wanted, moment, period }));
  return defer({ wanted, period: shown, categories, list: list.value });
}

export default function TopicsPage() {
  const { wanted, period, categories, list } = useLoaderData<typeof loader>();
  const [params] = useSearchParams();
  const isFiltered = wanted.search !== "" || wanted.category !== "";
  return (
    <>
      <PageHeader
        title="Topics"
        purpose="What is read most in a period, and how that changes."
        actions={<CsvLink to={`/admin/topics.csv${searchLink(params, {}).search}`} />}
      />
      <PeriodControl period={period} />
      <Card flush>
        <div className="flex flex-wrap items-center gap-3 px-4 py-3 sm:px-5">
          <SearchField label="Search by title, id or address" maxLength={300} />
          {categories.length > 0 && (
            <FilterSelect
              label="Category"
              name="category"
              current={wanted.category}
              options={[
                { value: "", label: "All categories" },
                ...categories.map((name) => ({ value: name, label: name })),
              ]}
            />
          )}
        </div>
        <Later value={list}>
          {({ rows, total, page }) =>
            rows.length > 0 ? (
              <>
                <p className="border-t px-4 py-2 text-xs text-ink-muted sm:px-5">
                  {formatCount(total, "view")}
                  {wanted.category === "" ? " of all topics" : ` in ${wanted.category}`} in the
                  period
                </p>
                <TopicsTable {...{ rows, total, period }} search={periodSearch(period)} />
                <Pagination info={page} noun="topic" />
              </>
            ) : isFiltered ? (
              <EmptyState
                kind="nothing-matches"
                title="No topic matches"
                action={
                  <ButtonLink to={searchLink(params, { q: null, category: null })}>
                    Show all topics
                  </ButtonLink>
                }
              />
            ) : (
              <EmptyState title="No views in this period">
                Topics appear here after a sync that had views of them to flush.
              </EmptyState>
            )
          }
        </Later>
      </Card>
    </>
  );
}

function TopicsTable({
  rows,
  total,
  period: { isCompared },
  search,
}: Pick<TopicList, "rows" | "total"> & {
  period: ShownPeriod;
  /** The query of links to topics, with the same period. */
  search: string;
}) {
  return (
    <Table label="Topics by their views in the period">
      <thead>
        <tr>
          <Th numeric>Rank</Th>
          <Th>Topic</Th>
          <Th>Category</Th>
          <Th numeric>Views</Th>
          {isCompared && <Th numeric>Change</Th>}
          <Th numeric>Share</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ topicId, name, rank, views, previous }) => (
          <tr key={topicId}>
            <Td numeric muted>
              {rank === null ? "–" : formatNumber(rank)}
            </Td>
            <RowTh className="min-w-44">
              <TopicName {...{ topicId, name, search }} />
            </RowTh>
            <Td muted>
              <bdi>{name?.category ?? "–"}</bdi>
            </Td>
            <NumTd value={views} />
            {isCompared && (
              <Td numeric className="text-xs">
                <Change views={views} previous={previous} />
              </Td>
            )}
            <Td numeric muted>
              {formatShare(total === 0 ? 0 : views / total)}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
