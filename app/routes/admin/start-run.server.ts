import { redirect, type AppLoadContext } from "@remix-run/node";
import { DependencyError } from "~/platform/dependency-error.server";
import type { SignedInUser } from "~/server/guards.server";
import { StoppingError } from "~/sync/engine/sync-errors";
import { redirectWithFlash } from "~/server/flash.server";

interface RunRequest {
  user: SignedInUser;
  trigger: "flush" | "retry";
  /** What a retry moves; a flush takes everything. */
  targets?: string[];
  /** Where to go back to when nothing could be started. */
  from: string;
}

/** Starts a run that goes on without the request, and leads to its page. Its start is in the audit log. */
export async function startRun(
  context: AppLoadContext,
  { user, trigger, targets, from }: RunRequest,
): Promise<Response> {
  const { engine, logger } = context.services;
  try {
    const started = await engine.start({ trigger, actor: user.email, targets });
    const page = `/admin/runs/${started.run}`;
    if (started.kind === "started") return redirect(page);
    const text = "A sync was already running: this is it. No other was started.";
    return await redirectWithFlash(context, page, { kind: "info", text });
  } catch (error) {
    if (!(error instanceof DependencyError || error instanceof StoppingError)) throw error;
    logger.warn({ err: error }, "A run could not be started");
    const text = `${error.message}: no run was started.`;
    return redirectWithFlash(context, from, { kind: "error", text });
  }
}
