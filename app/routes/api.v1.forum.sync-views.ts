import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { answerCron, runCronSync } from "~/api/crons.server";

/** The cron's endpoint for syncs. GET does the same as POST, because crons of hosting platforms send GET. */
function syncViews({ request, context: { services } }: LoaderFunctionArgs | ActionFunctionArgs) {
  const onConflict = new URL(request.url).searchParams.get("onConflict");
  return answerCron(services, { request, scope: "sync" }, (actor) =>
    runCronSync(services, { onConflict, actor }),
  );
}

export const loader = syncViews;
export const action = syncViews;
