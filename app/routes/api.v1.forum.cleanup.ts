import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { answerCron, runCronCleanup } from "~/api/crons.server";

/**
 * The cron's endpoint for cleanups. GET does the same as POST, because crons of hosting platforms send GET.
 */
function cleanup({ request, context: { services } }: LoaderFunctionArgs | ActionFunctionArgs) {
  return answerCron(services, { request, scope: "cleanup" }, async (actor) => {
    const answer = await runCronCleanup(services, actor);
    // Days that are over may have changed, and the next person should not wait for their sums.
    void services.periodViews.prepare();
    return answer;
  });
}

export const loader = cleanup;
export const action = cleanup;
