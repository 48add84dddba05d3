import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { CircleCheck } from "lucide-react";
import { FailureGroups } from "./failure-groups";
import { FailuresTable } from "./failures-table";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { FilterSelect, FilterTabs } from "~/ui/filters";
import { formatCount } from "~/lib/format";
import { ListActions } from "~/routes/admin/list-actions";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { SearchField } from "~/ui/search-field";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { useRowSelection } from "~/ui/use-row-selection";
import { parseListParams } from "~/lists/list-params";
import { listSearch } from "~/lists/list-search";
import { pageUnavailable } from "~/server/page-unavailable.server";
import { readForm, LARGE_FORM } from "~/server/request-body.server";
import { actOnTargets } from "~/routes/admin/target-actions.server";
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
  return actOnTargets(context, { user, form, list: "failures", from });
}

const FORM = "failed-targets";

export default function FailuresPage() {
  const page = useLoaderData<typeof loader>();
  const { isAdmin, params, parkAfter, counts, rows, atStake } = page;
  const selection = useRowSelection(rows.map(({ target }) => target));
  useLiveRefresh(5_000, { enabled: selection.state === "none" && params.page === 1 });
  const reasons = [...new Set([...page.failing, ...page.parked].map(({ reason }) => reason))];
  const isFiltered = params.search !== "" || params.state !== "all" || params.reason !== "";
  const viewsOf = (targets: string[]) =>
    rows
      .filter(({ target }) => targets.includes(target))
      .reduce<number | null>(
        (sum, { accepted }) => (sum === null || accepted === null ? null : sum + accepted),
        0,
      );
  if (counts.failing + counts.parked === 0) {
    return (
      <>
        <FailuresHeader />
        <Card>
          <EmptyState icon={CircleCheck} title="Nothing is failing">
            A target that cannot be flushed appears here with the reason, and stays until it is
            flushed or discarded.
          </EmptyState>
        </Card>
      </>
    );
  }
  return (
    <>
      <FailuresHeader />
      <FailureGroups failing={page.failing} parked={page.parked} parkAfter={parkAfter} />
      <Card flush title="Targets">
        <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3 sm:px-5">
          <div className="flex min-w-0 flex-wrap items-center gap-3">
            <FilterTabs
              label="State"
              name="state"
              current={params.state}
              options={[
                { value: "all", label: "All", count: counts.failing + counts.parked },
                { value: "failing", label: "Failing", count: counts.failing },
                { value: "parked", label: "Parked", count: counts.parked },
              ]}
            />
            <FilterSelect
              label="Reason"
              name="reason"
              current={params.reason}
              options={[
                { value: "", label: "Any" },
                ...reasons.map((reason) => ({ value: reason, label: reason })),
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
              {formatCount(page.page.total, "target")}
              {isFiltered && (page.page.total === 1 ? " that matches" : " that match")}
              {atStake.available &&
                `, ${atStake.isComplete ? "" : "at least "}${formatCount(atStake.views, "view")} at stake`}
            </p>
            {isAdmin && (
              <ListActions
                selection={selection}
                form={FORM}
                filter={listSearch("failures", params)}
                flush="retry"
                total={page.page.total}
                selectedViews={viewsOf(selection.selected)}
                matchingViews={atStake.available && atStake.isComplete ? atStake.views : null}
              />
            )}
            <FailuresTable
              rows={rows}
              params={params}
              parkAfter={parkAfter}
              selection={isAdmin ? selection : undefined}
              form={FORM}
            />
            <Pagination info={page.page} noun="target" />
          </>
        )}
      </Card>
    </>
  );
}

function FailuresHeader() {
  return (
    <PageHeader
      title="Failures"
      purpose="Targets that could not be flushed. Their views are kept: remove the cause and retry, or discard them."
    />
  );
}
