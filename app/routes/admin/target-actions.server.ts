import { json, type AppLoadContext } from "@remix-run/node";
import { DependencyError } from "~/platform/dependency-error.server";
import { formatCount } from "~/lib/format";
import type { SignedInUser } from "~/server/guards.server";
import { chosenTargets } from "./chosen-targets.server";
import { redirectWithFlash } from "~/server/flash.server";
import { readReason } from "./reason";
import { startRun } from "./start-run.server";

interface TargetAction {
  user: SignedInUser;
  form: FormData;
  list: "pending" | "failures";
  /** The page with its filter, to go back to. */
  from: string;
}

/** Carries out what an admin wants done with the chosen targets of a list: flush, retry or discard. */
export async function actOnTargets(
  context: AppLoadContext,
  action: TargetAction,
): Promise<Response> {
  const { logger } = context.services;
  try {
    const intent = action.form.get("intent");
    if (intent === "discard") return await discardTargets(context, action);
    const trigger = intent === "retry" ? "retry" : "flush";
    return await flushTargets(context, action, trigger);
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    logger.warn({ err: error }, "What was chosen could not be carried out");
    const text = `${error.message}: look at the list again before you repeat it.`;
    return redirectWithFlash(context, action.from, { kind: "error", text });
  }
}

async function flushTargets(
  context: AppLoadContext,
  { user, form, list, from }: TargetAction,
  trigger: "flush" | "retry",
): Promise<Response> {
  const chosen = await chosenTargets(context, list, form);
  const targets = chosen.filter((target) => typeof target === "string");
  if (targets.length > 0) return startRun(context, { user, trigger, targets, from });
  return nothingChosen(context, from);
}

async function discardTargets(
  context: AppLoadContext,
  { user, form, list, from }: TargetAction,
): Promise<Response> {
  const read = readReason(form);
  if ("reasonErrors" in read) return json(read, { status: 400 });
  const targets = await chosenTargets(context, list, form);
  if (targets.length === 0) return nothingChosen(context, from);
  const discarded = await context.services.discards.discard({
    targets,
    reason: read.reason,
    actor: user.email,
  });
  if (discarded.targets === 0) {
    const text = "Nothing was discarded. Try again after the next sync.";
    return redirectWithFlash(context, from, { kind: "info", text });
  }
  const text = `Discarded ${formatCount(discarded.views, "view")} of ${formatCount(discarded.targets, "target")}.`;
  return redirectWithFlash(context, from, { kind: "success", text });
}

function nothingChosen(context: AppLoadContext, from: string): Promise<Response> {
  const text = "Nothing was chosen, or what was chosen is not there any more.";
  return redirectWithFlash(context, from, { kind: "info", text });
}
