import { json, type AppLoadContext } from "@remix-run/node";
import { DependencyError } from "~/platform/dependency-error.server";
import { formatCount, formatNumber } from "~/lib/format";
import { parseExactListParams } from "~/lists/list-params";
import type { SignedInUser } from "~/server/guards.server";
import { redirectWithFlash } from "~/server/flash.server";
import { readTarget } from "~/sync/target";
import { readReason } from "./reason";
import { startRun } from "./start-run.server";

interface FailureAction {
  user: SignedInUser;
  /** Names targets, or with `scope=matching` everything that its filter finds. */
  form: FormData;
  /** Where to go back to. */
  from: string;
}

/** Retries or discards what an admin has chosen. */
export async function actOnFailures(
  context: AppLoadContext,
  { user, form, from }: FailureAction,
): Promise<Response> {
  const isDiscard = form.get("intent") === "discard";
  const read = isDiscard ? readReason(form) : { reason: "" };
  if ("reasonErrors" in read) return json(read, { status: 400 });
  try {
    const targets = await chosenTargets(context, form);
    if (isDiscard) {
      const { repairs } = context.services;
      const discarded = await repairs.discard(targets, read.reason, user.email);
      const message = discardMessage(targets.length, discarded);
      return await redirectWithFlash(context, from, message);
    }
    const topics = targets.filter((target) => readTarget(target).kind !== "malformed");
    if (topics.length > 0) {
      return await startRun(context, { user, trigger: "retry", targets: topics, from });
    }
    const text = "Nothing was chosen that can be retried.";
    return await redirectWithFlash(context, from, { kind: "info", text });
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    context.services.logger.warn({ err: error }, "What was chosen could not be carried out");
    const text = `${error.message}: look at the list again before you repeat it.`;
    return redirectWithFlash(context, from, { kind: "error", text });
  }
}

async function chosenTargets(context: AppLoadContext, form: FormData): Promise<string[]> {
  if (form.get("scope") !== "matching") {
    return [...new Set(form.getAll("target").filter((value) => typeof value === "string"))];
  }
  // A filter that does not say exactly what the page showed could match more than was seen.
  const params = parseExactListParams("failures", form);
  return params ? context.services.failures.names(params) : [];
}

/** Targets that a message names; the audit log has all of them. */
const MOST_NAMED = 5;

function discardMessage(chosen: number, discarded: Array<{ target: string; views: number }>) {
  const gone = chosen - discarded.length;
  const goneText =
    gone === 0 ? "" : ` ${formatCount(gone, "target")} had been discarded or flushed already.`;
  if (discarded.length === 0) {
    return { kind: "info", text: `Nothing was discarded.${goneText}` } as const;
  }
  const views = discarded.reduce((sum, one) => sum + one.views, 0);
  const named = discarded
    .slice(0, MOST_NAMED)
    .map((one) => `${one.target} (${formatNumber(one.views)})`);
  const more = discarded.length - named.length;
  if (more > 0) named.push(`and ${formatNumber(more)} more`);
  const names = discarded.length === 1 ? "" : ` ${named.join(", ")}.`;
  const text = `Discarded ${formatCount(views, "view")} of ${formatCount(discarded.length, "target")}.${goneText}${names}`;
  return { kind: "success", text } as const;
}
