import { setTimeout } from "node:timers/promises";
import { redirect, type AppLoadContext } from "@remix-run/node";
import { formatCount } from "~/lib/format";
import { DependencyError } from "~/platform/dependency-error.server";
import type { SignedInUser } from "~/server/guards.server";
import type { RunOutcome, StartResult } from "~/sync/engine/sync-engine";
import { StoppingError } from "~/sync/sync-errors";
import { redirectWithFlash } from "~/server/flash.server";

interface RunRequest {
  user: SignedInUser;
  trigger: "flush" | "retry";
  /** The targets of a retry; a flush takes everything. */
  targets?: string[];
  /** Where to go back to when nothing could be started. */
  from: string;
}

/** Starts a run that continues after the request, and redirects to its page. The audit log has its start. */
export async function startRun(context: AppLoadContext, request: RunRequest): Promise<Response> {
  const result = await start(context, request);
  if (result instanceof Response) return result;
  const page = `/admin/runs/${result.run}`;
  if (result.kind === "started") return redirect(page);
  const text = "This sync was already running, so no other was started.";
  return redirectWithFlash(context, page, { kind: "info", text });
}

/** Retries these targets, and redirects to the page where they were chosen, with the result. */
export async function retryHere(
  context: AppLoadContext,
  request: Omit<RunRequest, "trigger"> & { targets: string[] },
): Promise<Response> {
  const result = await start(context, { ...request, trigger: "retry" });
  if (result instanceof Response) return result;
  const outcome =
    result.kind === "started"
      ? await Promise.race([result.finished, setTimeout(RETRY_WAIT_MS, undefined)])
      : undefined;
  const link = { label: `Run #${result.run}`, to: `/admin/runs/${result.run}` };
  const message = retryMessage(request.targets.length, outcome);
  return redirectWithFlash(context, request.from, { ...message, link });
}

/** Milliseconds that the answer waits for a retry, which continues in the background. */
const RETRY_WAIT_MS = 2_000;

function retryMessage(chosen: number, outcome: RunOutcome | undefined) {
  const targets = formatCount(chosen, "target");
  if (!outcome) return { kind: "info", text: `${targets} are being retried.` } as const;
  const { counters, failure } = outcome;
  if (failure !== undefined) {
    return { kind: "error", text: `${failure}: the retry of ${targets} did not finish.` } as const;
  }
  const gone = chosen - counters.flushed - counters.failed;
  const parts = [
    counters.flushed > 0 &&
      `${formatCount(counters.viewsFlushed, "view")} of ${formatCount(counters.flushed, "target")} moved to their topics`,
    counters.failed > 0 && `${formatCount(counters.failed, "target")} refused again`,
    gone > 0 && `${formatCount(gone, "target")} had nothing kept any more`,
  ];
  const kind = counters.failed > 0 ? "error" : counters.flushed > 0 ? "success" : "info";
  return { kind, text: `Retried ${targets}: ${parts.filter(Boolean).join(", ")}.` } as const;
}

/** The run; or the way back, with the reason, when none could be started. */
async function start(
  context: AppLoadContext,
  { user, trigger, targets, from }: RunRequest,
): Promise<StartResult | Response> {
  const { engine, logger } = context.services;
  try {
    return await engine.start({ trigger, actor: user.name, targets });
  } catch (error) {
    if (!(error instanceof DependencyError || error instanceof StoppingError)) throw error;
    logger.warn({ err: error }, "A run could not be started");
    const text = `${error.message}: no run was started.`;
    return redirectWithFlash(context, from, { kind: "error", text });
  }
}
