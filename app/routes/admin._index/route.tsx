import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { OverviewCharts } from "./overview-charts";
import { OverviewStats } from "./overview-stats";
import { RegressionDecision } from "./regression-decision";
import { Banner } from "~/ui/banner";
import { FlushButton } from "~/routes/admin/flush-button";
import { PageHeader } from "~/ui/page-header";
import { TextLink } from "~/ui/text-link";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { decideRegression } from "./decide-regression.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { startRun } from "~/routes/admin/start-run.server";
import { CHANGE_VIEWS, may } from "~/accounts/rights";
import { requireRight, requireUser } from "~/server/guards.server";
import { presentOverview } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Overview · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  return {
    isAdmin: may({ role }, CHANGE_VIEWS),
    overview: await presentOverview(context.services),
  };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const user = await requireRight({ request, context }, CHANGE_VIEWS);
  const form = await readForm(request, SMALL_FORM);
  const intent = form.get("intent");
  if (intent === "keep-overlay") return decideRegression(context, user, form, "keep");
  if (intent === "discard-overlay") return decideRegression(context, user, form, "discard");
  return startRun(context, { user, trigger: "flush", from: "/admin" });
}

export default function OverviewPage() {
  const { isAdmin, overview } = useLoaderData<typeof loader>();
  useLiveRefresh(5_000);
  const active = overview.history.available ? overview.history.active : null;
  return (
    <>
      <PageHeader
        title="Overview"
        purpose="Where every accepted view is, and how the syncs are doing."
        actions={isAdmin && <FlushButton />}
      />
      {active !== null && (
        <Banner tone="info" title="A sync is running">
          <TextLink to={`/admin/runs/${active}`}>Watch run #{active}</TextLink>
        </Banner>
      )}
      {overview.regression && (
        <RegressionDecision regression={overview.regression} isAdmin={isAdmin} />
      )}
      <OverviewStats overview={overview} />
      <OverviewCharts overview={overview} />
    </>
  );
}
