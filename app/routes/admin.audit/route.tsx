import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Email } from "~/ui/email";
import { EmptyState } from "~/ui/empty-state";
import { FilterSelect } from "~/ui/filters";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { SearchField } from "~/ui/search-field";
import { RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import { requireUser } from "~/server/guards.server";
import { listDefaults, listSearch, parseListParams } from "~/lists/list-search";
import { CsvLink } from "~/routes/admin/csv-link";
import { TimeRangeFilter } from "~/ui/time-range-filter";
import { presentAudit } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Audit log · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  const wanted = parseListParams("audit", new URL(request.url).searchParams);
  return presentAudit(context.services, wanted);
}

export default function AuditPage() {
  const { entries, params, actions, page } = useLoaderData<typeof loader>();
  const search = listSearch("audit", { ...params, page: 1 });
  const isFiltered =
    search !== listSearch("audit", { ...listDefaults.audit, pageSize: params.pageSize });
  return (
    <>
      <PageHeader
        title="Audit log"
        purpose="Who did what in this dashboard, newest first."
        actions={<CsvLink to={`/admin/audit.csv${search}`} />}
      />
      <Card flush>
        <div className="flex flex-wrap items-center gap-3 px-4 py-3 print:hidden sm:px-5">
          <SearchField name="actor" label="Search by e-mail address" maxLength={320} />
          <SearchField name="topic" label="Search by title or topic id" />
          <FilterSelect label="What" name="action" current={params.action} options={actions} />
          <TimeRangeFilter label="When" from={params.from} to={params.to} />
        </div>
        {entries.length === 0 ? (
          <NoEntries isFiltered={isFiltered} />
        ) : (
          <>
            <Table label="Audit log" stickyHead>
              <thead>
                <tr>
                  <Th>When</Th>
                  <Th>Who</Th>
                  <Th>What</Th>
                  <Th>Run</Th>
                  <Th>Details</Th>
                </tr>
              </thead>
              <tbody>
                {entries.map(({ id, at, actor, what, more, runId, isRunKept }) => (
                  <tr key={id}>
                    <Td muted label="When">
                      <DateTime value={at} precision="second" />
                    </Td>
                    <Td label="Who" className="min-w-44 [overflow-wrap:anywhere]">
                      <Email address={actor} />
                    </Td>
                    <RowTh className="min-w-56 [overflow-wrap:anywhere]">{what}</RowTh>
                    <Td label="Run" className="whitespace-nowrap tabular-nums">
                      {isRunKept && (
                        <TextLink quiet to={`/admin/runs/${runId}`} aria-label={`Run ${runId}`}>
                          #{runId}
                        </TextLink>
                      )}
                      {runId !== null && !isRunKept && `#${runId}, deleted`}
                    </Td>
                    <Td muted className="min-w-56 [overflow-wrap:anywhere]">
                      {more}
                    </Td>
                  </tr>
                ))}
              </tbody>
            </Table>
            <Pagination info={page} noun="event" />
          </>
        )}
      </Card>
    </>
  );
}

function NoEntries({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState
      kind="nothing-matches"
      title="Nothing matches"
      action={<ButtonLink to="/admin/audit">Show everything</ButtonLink>}
    >
      Nobody has done anything of the kind, of this topic or at this time.
    </EmptyState>
  ) : (
    <EmptyState title="Nothing yet">
      Sign-ins, flushes, retries, discards and changes of users are listed here.
    </EmptyState>
  );
}
