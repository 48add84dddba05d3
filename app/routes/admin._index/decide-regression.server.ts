import { json, type AppLoadContext } from "@remix-run/node";
import { DependencyError } from "~/platform/dependency-error.server";
import { formatCount } from "~/lib/format";
import type { SignedInUser } from "~/server/guards.server";
import type { RegressionOutcome } from "~/sync/repair/regression.server";
import { SupersededError } from "~/sync/sync-errors";
import { redirectWithFlash, type FlashMessage } from "~/server/flash.server";
import { readReason } from "~/routes/admin/reason";

/** Carries out what an admin decided about the overlay of a Redis that has lost a batch. */
export async function decideRegression(
  context: AppLoadContext,
  user: SignedInUser,
  form: FormData,
  choice: "keep" | "discard",
): Promise<Response> {
  const read = readReason(form);
  if (!("reason" in read)) return json(read, { status: 400 });
  const { regression, logger } = context.services;
  try {
    const outcome = await regression.resolve({ choice, reason: read.reason, actor: user.name });
    return await redirectWithFlash(context, "/admin", describe(outcome));
  } catch (error) {
    if (!(error instanceof DependencyError || error instanceof SupersededError)) throw error;
    logger.warn({ err: error }, "A regression could not be decided");
    const text = `${error.message}: nothing is decided yet.`;
    return redirectWithFlash(context, "/admin", { kind: "error", text });
  }
}

function describe(outcome: RegressionOutcome): Pick<FlashMessage, "kind" | "text"> {
  switch (outcome.kind) {
    case "resolved":
      return {
        kind: "success",
        text:
          outcome.discarded > 0
            ? `The overlay was discarded: ${formatCount(outcome.discarded, "view")}. Syncs go on.`
            : "The overlay was kept. Syncs go on.",
      };
    case "busy":
      return { kind: "info", text: "A sync is running. Decide when it has ended." };
    case "not-regressed":
      return { kind: "info", text: "There is nothing to decide any more." };
  }
}
