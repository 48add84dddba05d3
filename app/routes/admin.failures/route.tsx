import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { CircleCheck } from "lucide-react";
import { FailureGroups, TARGETS } from "./failure-groups";
import { FailuresTable, sumsOf } from "./failures-table";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { FilterSelect, FilterTabs } from "~/ui/filters";
import { formatCount } from "~/lib/format";
import { keptViews, RetryAndDiscard } from "~/routes/admin/retry-and-discard";
import { CsvLink } from "~/routes/admin/csv-link";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { TimeRangeFilter } from "~/ui/time-range-filter";
import { SelectionBar } from "~/ui/row-selection";
import { SearchField } from "~/ui/search-field";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { useRowSelection } from "~/ui/use-row-selection";
import { listSearch, parseListParams } from "~/lists/list-search";
import { readForm, LARGE_FORM } from "~/server/request-body.server";
import { actOnFailures } from "~/routes/admin/act-on-failures.server";
import { CHANGE_VIEWS, may } from "~/accounts/rights";
import { requireRight, requireUser } from "~/server/guards.server";
import { presentFailures } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Failures · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  const wanted = parseListParams("failures", new URL(request.url).searchParams);
  return {
    isAdmin: may({ role }, CHANGE_VIEWS),
    ...(await presentFailures(context.services, wanted)),
  };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const user = await requireRight({ request, context }, CHANGE_VIEWS);
  const form = await readForm(request, LARGE_FORM);
  const from = `/admin/failures${listSearch("failures", parseListParams("failures", form))}`;
  return actOnFailures(context, { user, form, from });
}

const FORM = "failed-targets";

export default function FailuresPage() {
  const { isAdmin, params, parkAfter, matching, all, counts, groups, rows, page } =
    useLoaderData<typeof loader>();
  const selection = useRowSelection(rows.map(({ target }) => target));
  useLiveRefresh(5_000, { enabled: selection.state === "none" && params.page === 1 });
  const isFiltered =
    params.search + params.reason + params.from + params.to !== "" || params.state !== "all";
  const chosen = selection.isMatching
    ? matching
    : sumsOf(rows.filter(({ target }) => selection.isSelected(target)));
  const filter = [...new URLSearchParams(listSearch("failures", params))].map(([name, value]) => (
    <input key={name} type="hidden" name={name} value={value} />
  ));
  return (
    <>
      <PageHeader
        title="Failures"
        purpose="Views that PostgreSQL could not add to their topics, and keeps: remove the cause and retry, or discard them."
        actions={
          <>
            <ButtonLink to="/admin/audit?action=discard">Discarded before</ButtonLink>
            <CsvLink to={`/admin/failures.csv${listSearch("failures", params, { page: 1 })}`} />
          </>
        }
      />
      <FailureGroups groups={groups} chosen={params.reason} isAdmin={isAdmin} filter={filter} />
      {groups.length === 0 && !isFiltered ? (
        <Card>
          <EmptyState icon={CircleCheck} title="Nothing is failing">
            A target that cannot be flushed appears here with the reason, and stays until it is
            flushed or discarded.
          </EmptyState>
        </Card>
      ) : (
        <Card
          flush
          id={TARGETS}
          title="Targets"
          description={`Tried again by every sync; after ${parkAfter} failures in a row they are parked, and wait for somebody to retry or discard them.`}
        >
          <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3 print:hidden sm:px-5">
            <div className="flex min-w-0 flex-wrap items-center gap-3">
              <FilterTabs
                label="State"
                name="state"
                current={params.state}
                options={[
                  { value: "all", label: "All", count: all.targets },
                  { value: "failing", label: "Failing", count: counts.failing.targets },
                  { value: "parked", label: "Parked", count: counts.parked.targets },
                ]}
              />
              <FilterSelect
                label="Reason"
                name="reason"
                current={params.reason}
                options={reasonOptions(groups, params.reason)}
              />
            </div>
            <TimeRangeFilter label="Last seen" from={params.from} to={params.to} />
            <SearchField label="Search by title or topic id" />
          </div>
          {rows.length === 0 ? (
            <EmptyState
              kind="nothing-matches"
              title="No target matches"
              action={<ButtonLink to="/admin/failures">Show all failures</ButtonLink>}
            />
          ) : (
            <>
              <p className="border-t px-4 py-2 text-xs text-ink-muted sm:px-5">
                {formatCount(matching.targets, "target")}
                {isFiltered && (matching.targets === 1 ? " that matches" : " that match")},{" "}
                {formatCount(keptViews(matching), "view")} kept
              </p>
              {isAdmin && (
                <Form method="post" id={FORM} className="contents" preventScrollReset>
                  {filter}
                  <noscript>
                    <p className="border-t px-4 py-2 text-xs text-ink-muted sm:px-5">
                      Acting on chosen targets needs JavaScript.
                    </p>
                  </noscript>
                  <SelectionBar
                    selection={selection}
                    total={matching.targets}
                    noun="target"
                    more={chosenText(chosen)}
                  >
                    <RetryAndDiscard sums={chosen} />
                  </SelectionBar>
                </Form>
              )}
              <FailuresTable
                rows={rows}
                params={params}
                parkAfter={parkAfter}
                acting={isAdmin ? { selection, form: FORM, filter } : undefined}
              />
              <Pagination info={page} noun="target" />
            </>
          )}
        </Card>
      )}
    </>
  );
}

/** The reasons of all failing targets, and the chosen one, even if nothing fails for it any more. */
function reasonOptions(groups: Array<{ reason: string }>, chosen: string) {
  const reasons = new Set(groups.map(({ reason }) => reason));
  if (chosen !== "") reasons.add(chosen);
  return [
    { value: "", label: "Any" },
    ...[...reasons].map((reason) => ({ value: reason, label: reason })),
  ];
}

/** "5 views, 1 of them can only be discarded": says in advance what cannot be retried. */
function chosenText(sums: ReturnType<typeof sumsOf>): string {
  const views = formatCount(keptViews(sums), "view");
  const { withoutTopic, targets } = sums;
  if (withoutTopic === 0) return views;
  return `${views}, ${withoutTopic === targets ? "" : `${withoutTopic} of them `}can only be discarded`;
}
