import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Download, Unplug } from "lucide-react";
import { PendingTable } from "./pending-table";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { FilterTabs } from "~/ui/filters";
import { formatCount } from "~/lib/format";
import { ListActions } from "~/routes/admin/list-actions";
import { PageHeader } from "~/ui/page-header";
import { Pagination } from "~/ui/pagination";
import { SearchField } from "~/ui/search-field";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { useRowSelection } from "~/ui/use-row-selection";
import { parseListParams } from "~/lists/list-params";
import { listSearch } from "~/lists/list-search";
import { readForm, LARGE_FORM } from "~/server/request-body.server";
import { actOnTargets } from "~/routes/admin/target-actions.server";
import { requireAdmin, requireUser } from "~/server/guards.server";
import { presentPending } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Pending · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  const wanted = parseListParams("pending", new URL(request.url).searchParams);
  return { isAdmin: role === "admin", ...(await presentPending(context.services, wanted)) };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const user = await requireAdmin({ request, context });
  const form = await readForm(request, LARGE_FORM);
  const from = `/admin/pending${listSearch("pending", parseListParams("pending", form))}`;
  return actOnTargets(context, { user, form, list: "pending", from });
}

const FORM = "pending-targets";

export default function PendingPage() {
  const { isAdmin, params, parkAfter, list } = useLoaderData<typeof loader>();
  const rows = list.available ? list.rows : [];
  const selection = useRowSelection([...new Set(rows.map(({ target }) => target))]);
  useLiveRefresh(5_000, { enabled: selection.state === "none" && params.page === 1 });
  const filter = listSearch("pending", params);
  return (
    <>
      <PageHeader
        title="Pending"
        purpose="Views that are counted in Redis and not yet persisted."
        actions={
          <ButtonLink to={`/admin/pending.csv${filter}`} reloadDocument icon={Download} download>
            CSV
          </ButtonLink>
        }
      />
      <Card flush>
        <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3 sm:px-5">
          <FilterTabs
            label="State"
            name="state"
            current={params.state}
            options={[
              { value: "all", label: "All" },
              { value: "waiting", label: "Waiting" },
              {
                value: "batch",
                label: "In batch",
                count: list.available ? list.places.batch : undefined,
              },
              {
                value: "failing",
                label: "Failing",
                count: list.available ? list.failing : undefined,
              },
              {
                value: "parked",
                label: "Parked",
                count: list.available ? list.places.parked : undefined,
              },
            ]}
          />
          <SearchField label="Search by topic id" />
        </div>
        {!list.available ? (
          <EmptyState icon={Unplug} title="The list cannot be read at the moment">
            {list.reason}. Views that were accepted are not lost by that; the list comes back with
            the connection.
          </EmptyState>
        ) : list.rows.length === 0 ? (
          <Nothing isFiltered={params.search !== "" || params.state !== "all"} />
        ) : (
          <>
            <p className="border-t px-4 py-2 text-xs text-ink-muted sm:px-5">
              {formatCount(list.views, "view")} in {formatCount(list.page.total, "target")}
              {params.search !== "" && (list.page.total === 1 ? " that matches" : " that match")}
            </p>
            {isAdmin && (
              <ListActions
                selection={selection}
                form={FORM}
                filter={filter}
                flush="flush"
                total={list.page.total}
                selectedViews={rows
                  .filter(({ target, topicId }) => topicId !== null && selection.isSelected(target))
                  .reduce((sum, { views }) => sum + views, 0)}
                matchingViews={list.views}
              />
            )}
            <PendingTable
              rows={list.rows}
              params={params}
              sorts={list.sorts}
              parkAfter={parkAfter}
              selection={isAdmin ? selection : undefined}
              form={FORM}
            />
            <Pagination info={list.page} noun="target" />
          </>
        )}
      </Card>
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState
      kind="nothing-matches"
      title="No target matches"
      action={<ButtonLink to="/admin/pending">Show everything pending</ButtonLink>}
    />
  ) : (
    <EmptyState title="Nothing is pending">
      Every view that was accepted is persisted. New ones appear here as soon as they are counted.
    </EmptyState>
  );
}
