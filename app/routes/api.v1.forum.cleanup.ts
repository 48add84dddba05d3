import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { hasBearer } from "~/server/bearer.server";
import { runCronCleanup } from "~/api/cron-cleanup.server";
import { unauthorized } from "~/api/sync-response.server";

/** The cron's other endpoint. GET does the same as POST: hosting platforms' crons send GET. */
async function cleanup({ request, context }: LoaderFunctionArgs | ActionFunctionArgs) {
  const { env } = context.services;
  if (!hasBearer(request, [env.CRON_SECRET, env.CRON_SECRET_PREVIOUS])) return unauthorized();
  return runCronCleanup(context.services);
}

export const loader = cleanup;
export const action = cleanup;
