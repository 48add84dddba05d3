import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { answerCron } from "~/api/answer-cron.server";
import { runCronCleanup } from "~/api/cron-cleanup.server";

/** The cron's other endpoint. GET does the same as POST: hosting platforms' crons send GET. */
function cleanup({ request, context: { services } }: LoaderFunctionArgs | ActionFunctionArgs) {
  return answerCron(services, { request, scope: "cleanup" }, () => runCronCleanup(services));
}

export const loader = cleanup;
export const action = cleanup;
