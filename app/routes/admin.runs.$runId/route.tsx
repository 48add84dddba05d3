import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Form, useLoaderData, useLocation } from "@remix-run/react";
import { CircleStop, RotateCcw } from "lucide-react";
import { RunProgress } from "./run-progress";
import { RunChosen, RunErrors } from "./run-targets";
import { triggerText, type RunView } from "~/routes/admin/run-bar";
import { Banner } from "~/ui/banner";
import { ButtonLink } from "~/ui/button";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Duration } from "~/ui/duration";
import { KeyValueList } from "~/ui/key-value";
import { Num } from "~/ui/num";
import { formatCount } from "~/lib/format";
import { PageHeader } from "~/ui/page-header";
import { CsvLink } from "~/routes/admin/csv-link";
import { runStatusLooks, RunStatusBadge } from "~/routes/admin/status-badge";
import { SubmitButton } from "~/ui/submit-button";
import { useLiveRefresh } from "~/ui/use-live-refresh";
import { redirectWithFlash } from "~/server/flash.server";
import { parseListParams } from "~/lists/list-search";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { startRun } from "~/routes/admin/start-run.server";
import { CHANGE_VIEWS, may } from "~/accounts/rights";
import { requireRight, requireUser } from "~/server/guards.server";
import { presentRun } from "./load.server";

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  {
    title: data
      ? `Run #${data.run.id}: ${runStatusLooks[data.run.status].label} · Forum Views`
      : "Run · Forum Views",
  },
];

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { role } = await requireUser({ request, context });
  const { services } = context;
  const wanted = parseListParams("run", new URL(request.url).searchParams);
  const page = await presentRun(services, params.runId ?? "", wanted);
  if (page) return { isAdmin: may({ role }, CHANGE_VIEWS), ...page };
  throw new Response("There is no such run", { status: 404, statusText: "Not Found" });
}

/** Stops the run, or retries the targets that failed in it and are still failing. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const user = await requireRight({ request, context }, CHANGE_VIEWS);
  const { repairs, runs } = context.services;
  const form = await readForm(request, SMALL_FORM);
  const from = `/admin/runs/${params.runId}`;
  const run = await runs.find(params.runId ?? "");
  if (!run) throw new Response("There is no such run", { status: 404, statusText: "Not Found" });
  if (form.get("intent") === "stop") {
    const isAsked = await repairs.requestStop(run.id, user.name);
    const text = isAsked
      ? "The run ends behind the chunk that it is at."
      : "The run has ended already, or is stopping.";
    return redirectWithFlash(context, from, { kind: "info", text });
  }
  const targets = await runs.retryable(run.id);
  if (targets.length > 0) {
    return startRun(context, { user, trigger: "retry", targets, from });
  }
  const text = "Nothing that failed in this run is failing any more.";
  return redirectWithFlash(context, from, { kind: "info", text });
}

export default function RunPage() {
  const { isAdmin, run, previous, next, errors, retryable, chosen } =
    useLoaderData<typeof loader>();
  const isActive = run.finishedAt === null;
  const { search } = useLocation();
  useLiveRefresh(1_000, { enabled: isActive });
  return (
    <>
      <PageHeader
        back={{ label: "Runs", to: "/admin/runs" }}
        title={`Run #${run.id}`}
        badge={<RunStatusBadge status={run.status} />}
        purpose={triggerText(run)}
        actions={
          <>
            {previous !== null && (
              <ButtonLink to={`/admin/runs/${previous}`} variant="ghost">
                Older
              </ButtonLink>
            )}
            {next !== null && (
              <ButtonLink to={`/admin/runs/${next}`} variant="ghost">
                Newer
              </ButtonLink>
            )}
            {errors.groups.length > 0 && (
              <CsvLink to={`/admin/runs/${run.id}/errors.csv${search}`} />
            )}
            {isAdmin && isActive && run.stopRequestedBy === null && (
              <Form method="post">
                <SubmitButton
                  intent="stop"
                  icon={CircleStop}
                  variant="secondary"
                  busyLabel="Stopping…"
                >
                  Stop
                </SubmitButton>
              </Form>
            )}
            {isAdmin && retryable > 0 && !isActive && (
              <Form method="post">
                <SubmitButton intent="retry" icon={RotateCcw} busyLabel="Starting…">
                  {`Retry ${formatCount(retryable, "failed target")}`}
                </SubmitButton>
              </Form>
            )}
          </>
        }
      />
      {run.error !== null && (
        <Banner
          tone={run.status === "interrupted" ? "warning" : "danger"}
          title={
            run.status === "interrupted"
              ? "This run did not finish"
              : "This run could not do its work"
          }
        >
          {run.error}. Nothing is lost: what it did not flush is kept for the next run.
        </Banner>
      )}
      {run.warning !== null && (
        <Banner tone="warning" title="Worth knowing">
          {run.warning}.
        </Banner>
      )}
      {errors.deleted > 0 && (
        <Banner
          tone="info"
          title={`${formatCount(errors.deleted, "failure")} of this run ${errors.deleted === 1 ? "is" : "are"} no longer listed`}
        >
          Why targets failed is kept for a while only. What still fails is listed on the failures
          page.
        </Banner>
      )}
      <RunProgress run={run} />
      <RunFacts run={run} />
      {chosen && <RunChosen chosen={chosen} />}
      {errors.groups.length > 0 && <RunErrors run={run.id} errors={errors} />}
    </>
  );
}

function RunFacts({ run }: { run: RunView }) {
  return (
    <Card title="Facts">
      <KeyValueList
        items={[
          { label: "Started", value: <DateTime value={run.startedAt} precision="second" /> },
          {
            label: "Ended",
            value:
              run.finishedAt === null ? (
                "still running"
              ) : (
                <DateTime value={run.finishedAt} precision="second" />
              ),
          },
          { label: "Duration", value: <Duration milliseconds={run.seconds * 1_000} /> },
          { label: "Targets", word: "target", value: <Num value={run.total} /> },
          { label: "Saved", value: <Num value={run.flushed} /> },
          { label: "Failed", word: "failing", value: <Num value={run.failed} /> },
          { label: "Views saved", word: "persisted", value: <Num value={run.views} /> },
          { label: "Taken over", value: <Num value={run.recovered} /> },
          {
            label: "Targets per second",
            value:
              run.targetsPerSecond === null ? (
                "–"
              ) : (
                <Num value={Math.round(run.targetsPerSecond)} />
              ),
          },
          {
            label: "Last batch",
            word: "batch",
            value: run.batch === null ? "none" : `#${run.batch}`,
          },
        ]}
      />
    </Card>
  );
}
