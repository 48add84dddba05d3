import { json } from "@remix-run/node";
import type { SyncBody } from "./bodies";
import type { RunOutcome } from "~/sync/engine/sync-engine";

/**
 * The documented answers of the sync endpoint. Bodies stay exactly as documented; anything else is sent in
 * headers.
 */

/** Seconds after which it is worth asking again while a run is active. */
const BUSY_RETRY_SECONDS = 10;

function answer(body: SyncBody, status: number, headers: Record<string, string> = {}): Response {
  return json(body, { status, headers });
}

export function unauthorized(): Response {
  return answer({ error: "Unauthorized", status: 401 }, 401, { "WWW-Authenticate": "Bearer" });
}

export function alreadyRunning(run: string): Response {
  return answer(
    { success: false, error: "A sync is already running", runId: run, status: 409 },
    409,
    {
      "Retry-After": String(BUSY_RETRY_SECONDS),
      Location: `/admin/runs/${run}`,
      "X-Sync-Run-Id": run,
    },
  );
}

/**
 * The answer to `?onConflict=skip` while a run is active; has a `summary` for callers that always read one.
 */
export function skipped(run: string): Response {
  return answer(
    {
      success: true,
      skipped: true,
      message: "A sync is already running",
      runId: run,
      summary: { total: 0, flushed: 0, failed: 0 },
    },
    200,
    { "X-Sync-Run-Id": run },
  );
}

export function badOption(error: string): Response {
  return answer({ success: false, error, status: 400 }, 400);
}

/** `error` is a sentence without host names, statements or stacks. */
export function fatal(error: string, run?: string): Response {
  const headers: Record<string, string> = run === undefined ? {} : { "X-Sync-Run-Id": run };
  const timestamp = new Date().toISOString();
  return answer({ success: false, error, timestamp, status: 500 }, 500, headers);
}

export function completed(outcome: RunOutcome): Response {
  const { run, counters, errors, failure } = outcome;
  if (failure !== undefined) return fatal(failure, run);
  const { total, flushed, failed } = counters;
  const summary = { total, flushed, failed };
  const body: SyncBody =
    total === 0
      ? { success: true, message: "No Redis overlays to flush", flushed: 0, summary }
      : {
          success: true,
          message: `Successfully flushed ${flushed}/${total} Redis overlays`,
          summary,
          ...(errors.length > 0 ? { errors } : {}),
        };
  return answer(body, 200, { "X-Sync-Run-Id": run });
}
