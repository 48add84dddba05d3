import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { DatabaseZap, Unplug } from "lucide-react";
import { Badge } from "~/ui/badge";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { FilterTabs } from "~/ui/filters";
import { formatCount } from "~/lib/format";
import { CsvLink } from "~/routes/admin/csv-link";
import { FlushButton } from "~/routes/admin/flush-button";
import { TargetName } from "~/routes/admin/topic-name";
import { Num } from "~/ui/num";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { SearchField } from "~/ui/search-field";
import { NumTd, RowTh, SortableTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { listSearch, parseListParams, type PendingParams } from "~/lists/list-search";
import { CHANGE_VIEWS, may } from "~/accounts/rights";
import { requireUser } from "~/server/guards.server";
import { presentPending, type PendingRow } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Pending · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  const wanted = parseListParams("pending", new URL(request.url).searchParams);
  return {
    isAdmin: may({ role }, CHANGE_VIEWS),
    ...(await presentPending(context.services, wanted)),
  };
}

export default function PendingPage() {
  const { isAdmin, params, list } = useLoaderData<typeof loader>();
  useLiveRefresh(5_000, { enabled: !list.available || list.page.page === 1 });
  const sizes = list.available ? list.sizes : undefined;
  return (
    <>
      <PageHeader
        title="Pending"
        purpose="Views that are counted in Redis and not yet in PostgreSQL."
        actions={
          <>
            <CsvLink to={`/admin/pending.csv${listSearch("pending", params)}`} />
            {isAdmin && <FlushButton />}
          </>
        }
      />
      <Card flush>
        <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3 sm:px-5">
          <FilterTabs
            label="Place"
            name="place"
            current={params.place}
            options={[
              { value: "waiting", label: "Waiting", count: sizes?.waiting },
              { value: "batch", label: "Being written", count: sizes?.batch },
            ]}
          />
          <SearchField label="Search by title or topic id" />
        </div>
        {!list.available ? (
          <EmptyState icon={Unplug} title="The list cannot be read at the moment">
            {list.reason}. Views that were accepted are not lost by that; the list comes back with
            the connection.
          </EmptyState>
        ) : list.rows.length > 0 ? (
          <>
            <p className="border-t px-4 py-2 text-xs text-ink-muted sm:px-5">
              {summary(params.place, list.views?.[params.place], list.page.total)}
            </p>
            <PendingTable rows={list.rows} direction={params.direction} />
            <Pagination info={list.page} noun="target" />
          </>
        ) : params.search !== "" ? (
          <EmptyState
            kind="nothing-matches"
            title="No target matches"
            action={
              <ButtonLink to={`/admin/pending${listSearch("pending", params, { search: "" })}`}>
                Show all of them
              </ButtonLink>
            }
          />
        ) : params.place === "batch" ? (
          <EmptyState title="Nothing is being written">
            A sync claims everything that waits as one batch, and lists here what it has not yet
            brought into PostgreSQL.
          </EmptyState>
        ) : (
          <NothingWaits {...list} />
        )}
      </Card>
    </>
  );
}

/** Nothing is pending, but some views may be failing and so not persisted. */
function NothingWaits({ failing, parked }: { failing: number; parked: number }) {
  const kept = [
    { state: "failing", views: failing, text: "fail, and are tried again by every sync" },
    { state: "parked", views: parked, text: "are parked: somebody has to retry or discard them" },
  ].filter(({ views }) => views > 0);
  if (kept.length === 0) {
    return (
      <EmptyState title="Nothing is waiting: everything is persisted">
        New views appear here as soon as they are counted.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing is waiting, and not everything is persisted">
      <ul>
        {kept.map(({ state, views, text }) => (
          <li key={state}>
            <TextLink to={`/admin/failures?state=${state}`}>{formatCount(views, "view")}</TextLink>{" "}
            {text}.
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}

function summary(
  place: PendingParams["place"],
  views: number | undefined,
  targets: number,
): string {
  if (views === undefined) {
    return `${formatCount(targets, "target")} that ${targets === 1 ? "matches" : "match"}`;
  }
  const inTargets = `in ${formatCount(targets, "target")}`;
  return place === "waiting"
    ? `${formatCount(views, "view")} ${inTargets}`
    : `${formatCount(views, "view")} still to be written, of a batch ${inTargets}`;
}

/**
 * Marks views that something else wrote to Redis, under a name that no count uses: no total and no books
 * include them.
 */
function PendingViews({ views, topicId }: Pick<PendingRow, "views" | "topicId">) {
  if (topicId !== null) return <Num value={views} />;
  return (
    <span className="text-ink-muted" title="Not counted by this application, so in no total">
      <Num value={views} />
      <span className="sr-only">, in no total</span>
    </span>
  );
}

function PendingTable({
  rows,
  direction,
}: {
  rows: PendingRow[];
  direction: PendingParams["direction"];
}) {
  return (
    <Table label="Pending targets" stickyHead>
      <thead>
        <tr>
          <Th word="target">Target</Th>
          <SortableTh column="views" sort={{ column: "views", direction }} numeric word="pending">
            Pending
          </SortableTh>
          <Th numeric word="persisted">
            Persisted
          </Th>
          <Th numeric word="accepted">
            Total
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ target, topicId, name, views, isTaken, persisted, total }) => (
          <tr key={target}>
            <RowTh className="min-w-44 [overflow-wrap:anywhere]">
              <TargetName target={target} topicId={topicId} name={name} />
            </RowTh>
            <Td numeric label="Pending">
              {isTaken ? (
                <Badge tone="success" icon={DatabaseZap}>
                  In PostgreSQL
                </Badge>
              ) : (
                <PendingViews views={views} topicId={topicId} />
              )}
            </Td>
            <NumTd label="Persisted" value={persisted} />
            <NumTd label="Total" value={total} />
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
