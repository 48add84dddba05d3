import { json, type AppLoadContext } from "@remix-run/node";
import { DependencyError } from "~/platform/dependency-error.server";
import { formatCount, formatNumber } from "~/lib/format";
import { parseExactListParams } from "~/lists/list-search";
import type { SignedInUser } from "~/server/guards.server";
import { redirectWithFlash } from "~/server/flash.server";
import type { Discarded } from "~/sync/repair/repairs.server";
import { readTarget } from "~/sync/target";
import { readReason } from "./reason";
import { retryHere } from "./start-run.server";

interface FailureAction {
  user: SignedInUser;
  /**
   * Names targets; or has `scope=matching` for all targets that match its filter, or `scope=reason` for those
   * that also fail for the reason `ofReason`.
   */
  form: FormData;
  /** The page to go back to. */
  from: string;
}

/** Retries or discards what an admin has chosen. */
export async function actOnFailures(
  context: AppLoadContext,
  { user, form, from }: FailureAction,
): Promise<Response> {
  const isDiscard = form.get("intent") === "discard";
  const read = isDiscard ? readReason(form) : { reason: "" };
  if (!("reason" in read)) return json(read, { status: 400 });
  try {
    const targets = await chosenTargets(context, form);
    if (isDiscard) {
      const { failures, repairs } = context.services;
      const discarded = await repairs.discard(targets, read.reason, user.name);
      const done = new Set(discarded.map(({ target }) => target));
      const gone = targets.filter((target) => !done.has(target));
      const before = gone.length === 0 ? [] : await failures.discardedBy(gone);
      const message = discardMessage(discarded, before, gone.length - before.length);
      return await redirectWithFlash(context, from, message);
    }
    const topics = targets.filter((target) => readTarget(target).kind !== "malformed");
    if (topics.length > 0) return await retryHere(context, { user, targets: topics, from });
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
  const scope = form.get("scope");
  if (scope !== "matching" && scope !== "reason") {
    return [...new Set(form.getAll("target").filter((value) => typeof value === "string"))];
  }
  const filter = scope === "matching" ? form : filterOfReason(form);
  // A filter with any unclear value is refused, because it could match more than the page showed.
  const params = filter && parseExactListParams("failures", filter);
  return params ? context.services.failures.names(params) : [];
}

function filterOfReason(form: FormData): FormData | undefined {
  const reason = form.get("ofReason");
  if (typeof reason !== "string" || reason === "") return undefined;
  const filter = new FormData();
  for (const name of ["q", "from", "to"]) {
    for (const value of form.getAll(name)) filter.append(name, value);
  }
  filter.set("reason", reason);
  return filter;
}

/** Targets that a message names; the audit log has all of them. */
const MOST_NAMED = 5;

function discardMessage(
  discarded: Discarded[],
  before: Array<{ target: string; actor: string }>,
  flushed: number,
) {
  const goneTexts = before
    .slice(0, MOST_NAMED)
    .map(({ target, actor }) => `${target} was already discarded by ${actor}`);
  const moreGone = before.length - goneTexts.length;
  if (moreGone > 0) goneTexts.push(`${formatNumber(moreGone)} more were already discarded`);
  if (flushed > 0) goneTexts.push(`${formatCount(flushed, "target")} had been flushed already`);
  const goneText = goneTexts.map((text) => ` ${text}.`).join("");
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
