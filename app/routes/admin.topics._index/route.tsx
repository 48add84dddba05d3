import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Download } from "lucide-react";
import { TopicsTable } from "./topics-table";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { formatNumber } from "~/lib/format";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { SearchField } from "~/ui/search-field";
import { parseListParams } from "~/lists/list-params";
import { listSearch } from "~/lists/list-search";
import { pageUnavailable } from "~/server/page-unavailable.server";
import { requireUser } from "~/server/guards.server";
import { presentTopics } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Topics · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  try {
    const wanted = parseListParams("topics", new URL(request.url).searchParams);
    return await presentTopics(context.services, wanted);
  } catch (error) {
    throw pageUnavailable(error, context.services.logger);
  }
}

export default function TopicsPage() {
  const { params, rows, page, reachable, redisAvailable } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader
        title="Topics"
        purpose="Persisted views per topic, and what is still on its way."
        actions={
          <ButtonLink
            to={`/admin/topics.csv${listSearch("topics", params)}`}
            reloadDocument
            icon={Download}
            download
          >
            CSV
          </ButtonLink>
        }
      />
      <Card flush>
        <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3 sm:px-5">
          <SearchField label="Search by topic id" />
          {reachable !== null && (
            <p className="text-xs text-ink-muted">
              The first {formatNumber(reachable)} can be paged to
              {params.search === ""
                ? " in this order; search finds all."
                : "; a longer search finds the others."}
            </p>
          )}
          {!redisAvailable && (
            <p className="text-xs text-warning-text">Redis is away: pending views are unknown.</p>
          )}
        </div>
        {rows.length > 0 ? (
          <>
            <TopicsTable rows={rows} params={params} />
            <Pagination info={page} noun="topic" />
          </>
        ) : params.search !== "" ? (
          <EmptyState
            kind="nothing-matches"
            title="No topic matches"
            action={<ButtonLink to="/admin/topics">Show all topics</ButtonLink>}
          />
        ) : (
          <EmptyState title="No views are persisted yet">
            Topics appear here after the first sync that had views to flush.
          </EmptyState>
        )}
      </Card>
    </>
  );
}
