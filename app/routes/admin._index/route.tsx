import {
  defer,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { HealthStrip } from "./health-strip";
import { PeriodTotal } from "./period-total";
import { RegressionDecision } from "./regression-decision";
import { TopTopics } from "./top-topics";
import { Banner } from "~/ui/banner";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { formatCount } from "~/lib/format";
import { FlushButton } from "~/routes/admin/flush-button";
import { Later } from "~/routes/admin/later";
import { PeriodControl } from "~/routes/admin/period-control";
import { readShownPeriod, soon } from "~/routes/admin/shown-period.server";
import { PageHeader } from "~/ui/page-header";
import { TextLink } from "~/ui/text-link";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { decideRegression } from "./decide-regression.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { startRun } from "~/routes/admin/start-run.server";
import { CHANGE_VIEWS, may } from "~/accounts/rights";
import { requireRight, requireUser } from "~/server/guards.server";
import { whenAvailable } from "~/platform/available.server";
import { presentHealth, presentTopTopics, presentTotal } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Overview · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  const { services } = context;
  const { logger } = services;
  const [shown, health] = await Promise.all([
    whenAvailable(logger, () => readShownPeriod(services, request)),
    presentHealth(services),
  ]);
  const base = { isAdmin: may({ role }, CHANGE_VIEWS), health };
  if (!shown.available) {
    return defer({ ...base, period: null, total: null, topics: null });
  }
  const { moment, period } = shown;
  const [total, topics] = await Promise.all([
    soon(whenAvailable(logger, () => presentTotal(services, moment, period))),
    soon(whenAvailable(logger, () => presentTopTopics(services, moment, period))),
  ]);
  return defer({ ...base, period: shown.shown, total: total.value, topics: topics.value });
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
  const { isAdmin, health, period, total, topics } = useLoaderData<typeof loader>();
  useLiveRefresh(5_000);
  const active = health.history.available ? health.history.active : null;
  const parked = health.failures.available ? health.failures.parked : undefined;
  return (
    <>
      <PageHeader
        title="Overview"
        purpose="What is read in the forum, and whether every view arrives."
        actions={isAdmin && <FlushButton />}
      />
      {active !== null && (
        <Banner tone="info" title="A sync is running">
          <TextLink to={`/admin/runs/${active}`}>Watch run #{active}</TextLink>
        </Banner>
      )}
      {health.regression && <RegressionDecision regression={health.regression} isAdmin={isAdmin} />}
      {parked !== undefined && parked.targets > 0 && (
        <Banner
          tone="warning"
          title={`${formatCount(parked.views, "view")} of ${formatCount(parked.targets, "target")} could not be saved, and wait for an admin`}
          action={
            <ButtonLink to="/admin/failures?state=parked" size="sm">
              Look at them
            </ButtonLink>
          }
        >
          Syncs have given up on them. Retry them when the cause is gone, or discard them.
        </Banner>
      )}
      {period && total && topics ? (
        <>
          <PeriodControl period={period} />
          <Card title="Views" description="By the UTC day on which they were flushed">
            <Later value={total}>{(there) => <PeriodTotal total={there} period={period} />}</Later>
          </Card>
          <Later value={topics}>{(there) => <TopTopics topics={there} period={period} />}</Later>
        </>
      ) : (
        <Card title="Views">
          <p className="text-ink-muted">They cannot be read while PostgreSQL is away.</p>
        </Card>
      )}
      <HealthStrip health={health} />
    </>
  );
}
