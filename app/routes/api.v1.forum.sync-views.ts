import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { hasBearer } from "~/server/bearer.server";
import { runCronSync } from "~/api/cron-sync.server";
import { unauthorized } from "~/api/sync-response.server";

/** The cron's endpoint. GET does the same as POST: hosting platforms' crons send GET. */
async function syncViews({ request, context }: LoaderFunctionArgs | ActionFunctionArgs) {
  const { env } = context.services;
  if (!hasBearer(request, [env.CRON_SECRET, env.CRON_SECRET_PREVIOUS])) return unauthorized();
  return runCronSync(context.services, new URL(request.url).searchParams.get("onConflict"));
}

export const loader = syncViews;
export const action = syncViews;
