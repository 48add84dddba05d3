import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { DependencyError } from "~/dependency-error.server";
import { hasBearer } from "~/http/bearer.server";
import { StoppingError } from "~/modules/view-sync/sync-errors";
import { alreadyRunning, completed, fatal, unauthorized } from "~/http/sync-response.server";

/** The cron's endpoint. GET does the same as POST: hosting platforms' crons send GET. */
async function syncViews({ request, context }: LoaderFunctionArgs | ActionFunctionArgs) {
  const { env, engine, logger } = context.services;
  if (!hasBearer(request, [env.CRON_SECRET, env.CRON_SECRET_PREVIOUS])) return unauthorized();
  try {
    const started = await engine.start({ trigger: "cron", actor: "cron" });
    if (started.kind === "busy") return alreadyRunning(started.run);
    return completed(await started.finished);
  } catch (error) {
    const isExpected = error instanceof DependencyError || error instanceof StoppingError;
    if (isExpected) logger.warn({ err: error }, "The sync could not begin");
    else logger.error({ err: error }, "The sync failed unexpectedly");
    return fatal(isExpected ? error.message : "Unexpected error");
  }
}

export const loader = syncViews;
export const action = syncViews;
