/**
 * What crons call, as an endpoint or as a command. Bodies stay exactly as documented; anything else is sent in
 * headers.
 */
import { json } from "@remix-run/node";
import type { Logger } from "pino";
import { DependencyError } from "~/platform/dependency-error.server";
import type { CleanupResult } from "~/retention/cleanup.server";
import { findCaller } from "~/server/bearer.server";
import type { Services } from "~/services.server";
import type { RunOutcome } from "~/sync/engine/sync-engine";
import { StoppingError } from "~/sync/sync-errors";
import { onConflictSchema, type CronBody } from "./bodies";

/** Seconds after which it is worth asking again while a run is active. */
const BUSY_RETRY_SECONDS = 10;

/** Runs what a cron asks for, if it may; `actor` is who asked. Everybody else gets the documented 401. */
export async function answerCron(
  services: Pick<Services, "env" | "tokens" | "logger">,
  { request, scope }: { request: Request; scope: "sync" | "cleanup" },
  run: (actor: string) => Promise<Response>,
): Promise<Response> {
  try {
    const caller = await findCaller(services, request, scope);
    return caller.kind === "known" ? await run(caller.name) : unauthorized();
  } catch (error) {
    return failed(error, services.logger, scope);
  }
}

/**
 * Runs one sync for a cron. `onConflict` is what the caller wants when another sync is active: null, which
 * means 409, or `skip`. `actor` is who calls.
 */
export async function runCronSync(
  { engine, schema, logger }: Pick<Services, "engine" | "schema" | "logger">,
  { onConflict, actor }: { onConflict: string | null; actor: string },
): Promise<Response> {
  const option = onConflictSchema.nullable().safeParse(onConflict);
  if (!option.success) {
    return answer({ success: false, error: `onConflict: the only value is "skip"`, status: 400 });
  }
  try {
    // Checked before a batch is claimed that this build could not persist.
    await schema.check();
    const started = await engine.start({ trigger: "cron", actor });
    if (started.kind === "started") return completed(await started.finished);
    return option.data === "skip" ? skipped(started.run) : alreadyRunning(started.run);
  } catch (error) {
    return failed(error, logger, "sync");
  }
}

/** Runs one cleanup for a cron. */
export async function runCronCleanup(
  { cleanup, logger }: Pick<Services, "cleanup" | "logger">,
  actor: string,
): Promise<Response> {
  try {
    const result = await cleanup.run(actor);
    logger.info(result, "Cleanup completed");
    return answer({ success: true, message: messageOf(result), ...result });
  } catch (error) {
    return failed(error, logger, "cleanup");
  }
}

function answer(body: CronBody, headers: Record<string, string> = {}): Response {
  return json(body, { status: "status" in body ? body.status : 200, headers });
}

function unauthorized(): Response {
  return answer({ error: "Unauthorized", status: 401 }, { "WWW-Authenticate": "Bearer" });
}

function alreadyRunning(run: string): Response {
  return answer(
    { success: false, error: "A sync is already running", runId: run, status: 409 },
    {
      "Retry-After": String(BUSY_RETRY_SECONDS),
      Location: `/admin/runs/${run}`,
      "X-Sync-Run-Id": run,
    },
  );
}

/** Has a `summary` for callers that always read one. */
function skipped(run: string): Response {
  const summary = { total: 0, flushed: 0, failed: 0 };
  return answer(
    { success: true, skipped: true, message: "A sync is already running", runId: run, summary },
    { "X-Sync-Run-Id": run },
  );
}

function completed({ run, counters, errors, failure }: RunOutcome): Response {
  const headers = { "X-Sync-Run-Id": run };
  if (failure !== undefined) return fatal(failure, headers);
  const { total, flushed, failed } = counters;
  const summary = { total, flushed, failed };
  if (total === 0) {
    const message = "No Redis overlays to flush";
    return answer({ success: true, message, flushed: 0, summary }, headers);
  }
  const message = `Successfully flushed ${flushed}/${total} Redis overlays`;
  const listed = errors.length > 0 ? { errors } : {};
  return answer({ success: true, message, summary, ...listed }, headers);
}

function messageOf({ deleted, more }: CleanupResult): string {
  const rows = Object.values(deleted).reduce((sum, count) => sum + count, 0);
  const what =
    rows === 0
      ? "Nothing was past its retention"
      : `Deleted ${rows} ${rows === 1 ? "row" : "rows"} past their retention`;
  return more ? `${what}; the time was over, and the next cleanup goes on` : what;
}

function failed(error: unknown, logger: Logger, work: "sync" | "cleanup"): Response {
  const isExpected = error instanceof DependencyError || error instanceof StoppingError;
  if (isExpected) logger.warn({ err: error }, `The ${work} could not be done`);
  else logger.error({ err: error }, `The ${work} failed unexpectedly`);
  return fatal(isExpected ? error.message : "Unexpected error");
}

/** `error` is a sentence without host names, statements or stacks. */
function fatal(error: string, headers?: Record<string, string>): Response {
  const timestamp = new Date().toISOString();
  return answer({ success: false, error, timestamp, status: 500 }, headers);
}
