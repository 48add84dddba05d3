import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { CircleCheck } from "lucide-react";
import { FailureGroups } from "./failure-groups";
import { FailuresTable } from "./failures-table";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { FilterSelect, FilterTabs } from "~/ui/filters";
import { formatCount } from "~/lib/format";
import { RetryAndDiscard } from "~/routes/admin/retry-and-discard";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { SelectionBar } from "~/ui/row-selection";
import { SearchField } from "~/ui/search-field";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { useRowSelection } from "~/ui/use-row-selection";
import { parseListParams } from "~/lists/list-params";
import { listSearch } from "~/lists/list-search";
import { pageUnavailable } from "~/server/page-unavailable.server";
import { readForm, LARGE_FORM } from "~/server/request-body.server";
import { actOnFailures } from "~/routes/admin/act-on-failures.server";
import { requireAdmin, requireUser } from "~/server/guards.server";
import { presentFailures } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Failures · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  const wanted = parseListParams("failures", new URL(request.url).searchParams);
  try {
    return { isAdmin: role === "admin", ...(await presentFailures(context.services, wanted)) };
  } catch (error) {
    throw pageUnavailable(error, context.services.logger);
  }
}

export async function action({ request, context }: ActionFunctionArgs) {
  const user = await requireAdmin({ request, context });
  const form = await readForm(request, LARGE_FORM);
  const from = `/admin/failures${listSearch("failures", parseListParams("failures", form))}`;
  return actOnFailures(context, { user, form, from });
}

const FORM = "failed-targets";

export default function FailuresPage() {
  const { isAdmin, params, parkAfter, matching, counts, groups, rows, page } =
    useLoaderData<typeof loader>();
  const selection = useRowSelection(rows.map(({ target }) => target));
  useLiveRefresh(5_000, { enabled: selection.state === "none" && params.page === 1 });
  const isFiltered = params.search !== "" || params.state !== "all" || params.reason !== "";
  const selected = rows.filter(({ target }) => selection.isSelected(target));
  const withTopic = selected.filter(({ topicId }) => topicId !== null);
  const chosen = selection.isMatching
    ? matching
    : {
        targets: selected.length,
        views: withTopic.reduce((sum, { views }) => sum + views, 0),
        withoutTopic: selected.length - withTopic.length,
      };
  const all = counts.failing.targets + counts.parked.targets;
  return (
    <>
      <PageHeader
        title="Failures"
        purpose="Views that PostgreSQL could not add to their topics, and keeps: remove the cause and retry, or discard them."
      />
      <FailureGroups groups={groups} parkAfter={parkAfter} />
      {all === 0 ? (
        <Card>
          <EmptyState icon={CircleCheck} title="Nothing is failing">
            A target that cannot be flushed appears here with the reason, and stays until it is
            flushed or discarded.
          </EmptyState>
        </Card>
      ) : (
        <Card flush title="Targets">
          <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3 sm:px-5">
            <div className="flex min-w-0 flex-wrap items-center gap-3">
              <FilterTabs
                label="State"
                name="state"
                current={params.state}
                options={[
                  { value: "all", label: "All", count: all },
                  { value: "failing", label: "Failing", count: counts.failing.targets },
                  { value: "parked", label: "Parked", count: counts.parked.targets },
                ]}
              />
              <FilterSelect
                label="Reason"
                name="reason"
                current={params.reason}
                options={[
                  { value: "", label: "Any" },
                  ...[...new Set(groups.map(({ reason }) => reason))].map((reason) => ({
                    value: reason,
                    label: reason,
                  })),
                ]}
              />
            </div>
            <SearchField label="Search by topic id" />
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
                {formatCount(matching.views, "view")} kept
              </p>
              {isAdmin && (
                <Form method="post" id={FORM}>
                  {[...new URLSearchParams(listSearch("failures", params))].map(([name, value]) => (
                    <input key={name} type="hidden" name={name} value={value} />
                  ))}
                  <noscript>
                    <p className="border-t px-4 py-2 text-xs text-ink-muted sm:px-5">
                      Acting on chosen targets needs JavaScript.
                    </p>
                  </noscript>
                  <SelectionBar selection={selection} total={matching.targets} noun="target">
                    <RetryAndDiscard {...chosen} />
                  </SelectionBar>
                </Form>
              )}
              <FailuresTable
                rows={rows}
                params={params}
                parkAfter={parkAfter}
                selection={isAdmin ? selection : undefined}
                form={FORM}
              />
              <Pagination info={page} noun="target" />
            </>
          )}
        </Card>
      )}
    </>
  );
}
