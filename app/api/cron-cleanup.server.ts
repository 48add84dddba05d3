import { json } from "@remix-run/node";
import type { Logger } from "pino";
import { DependencyError } from "~/platform/dependency-error.server";
import type { CleanupAnswer } from "~/retention/cleanup-answer";
import type { Cleanup, CleanupResult } from "~/retention/cleanup.server";
import { fatal } from "./sync-response.server";

/** Runs one cleanup for a cron, and returns the documented answer. */
export async function runCronCleanup(
  { cleanup, logger }: { cleanup: Cleanup; logger: Logger },
  actor: string,
): Promise<Response> {
  try {
    const result = await cleanup.run(actor);
    logger.info(result, "Cleanup completed");
    const answer: CleanupAnswer = { success: true, message: messageOf(result), ...result };
    return json(answer);
  } catch (error) {
    const isExpected = error instanceof DependencyError;
    if (isExpected) logger.warn({ err: error }, "The cleanup could not be completed");
    else logger.error({ err: error }, "The cleanup failed unexpectedly");
    return fatal(isExpected ? error.message : "Unexpected error");
  }
}

function messageOf({ deleted, more }: CleanupResult): string {
  const rows = Object.values(deleted).reduce((sum, count) => sum + count, 0);
  const what =
    rows === 0
      ? "Nothing was past its retention"
      : `Deleted ${rows} ${rows === 1 ? "row" : "rows"} past their retention`;
  return more ? `${what}; the time was over, and the next cleanup goes on` : what;
}
