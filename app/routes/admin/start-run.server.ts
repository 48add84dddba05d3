import { redirect, type AppLoadContext } from "@remix-run/node";
import { DependencyError } from "~/platform/dependency-error.server";
import type { SignedInUser } from "~/server/guards.server";
import { StoppingError } from "~/sync/engine/sync-errors";
import { redirectWithFlash } from "~/server/flash.server";

export interface RunRequest {
  user: SignedInUser;
  trigger: "flush" | "retry";
  /** Chosen targets; everything pending when undefined. */
  targets?: string[];
  /** Where to go back to when nothing could be started. */
  from: string;
}

/** Starts a run that goes on without the request, and leads to its page. */
export async function startRun(
  context: AppLoadContext,
  { user, trigger, targets, from }: RunRequest,
): Promise<Response> {
  const { engine, audit, logger } = context.services;
  try {
    const started = await engine.start({ trigger, actor: user.email, targets });
    const page = `/admin/runs/${started.run}`;
    if (started.kind === "busy") {
      const text = "A sync was already running: this is it. No other was started.";
      return await redirectWithFlash(context, page, { kind: "info", text });
    }
    const details = targets === undefined ? {} : { targets: targets.length };
    await audit
      .record({ actor: user.email, action: trigger, runId: started.run, details })
      // The run is on its way, and its row says who wanted it.
      .catch((error: unknown) => logger.error({ err: error }, "A run is missing in the audit log"));
    return redirect(page);
  } catch (error) {
    if (!(error instanceof DependencyError || error instanceof StoppingError)) throw error;
    logger.warn({ err: error }, "A run could not be started");
    const text = `${error.message}: no sync was started.`;
    return redirectWithFlash(context, from, { kind: "error", text });
  }
}
