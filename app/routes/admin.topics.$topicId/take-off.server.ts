import { json, type AppLoadContext } from "@remix-run/node";
import { z } from "zod";
import { DependencyError } from "~/platform/dependency-error.server";
import { formatCount } from "~/lib/format";
import type { SignedInUser } from "~/server/guards.server";
import { redirectWithFlash } from "~/server/flash.server";
import { readReason } from "~/routes/admin/reason";
import type { RefusedForm } from "~/ui/refused-form";

/** No topic can have more views: the column has 32 bits. */
const MOST_VIEWS = 2_147_483_647;

const viewsSchema = z
  .string()
  .trim()
  .regex(/^\d+$/, "Say how many views, as a whole number from 1")
  .transform(Number)
  .pipe(
    z
      .number()
      .min(1, "Say how many views, as a whole number from 1")
      .max(MOST_VIEWS, "No topic has that many views"),
  );

/** Takes persisted views off a topic, for example those of a script that was found later. */
export async function takeOff(
  context: AppLoadContext,
  { user, form, topicId }: { user: SignedInUser; form: FormData; topicId: string },
): Promise<Response> {
  const { repairs, logger } = context.services;
  const from = `/admin/topics/${encodeURIComponent(topicId)}`;
  const read = readReason(form);
  const given = form.get("views");
  const views = viewsSchema.safeParse(typeof given === "string" ? given : "");
  if (!views.success || !("reason" in read)) {
    const error: RefusedForm["error"] = "reason" in read ? {} : { ...read.error };
    if (!views.success) error.views = views.error.issues.map(({ message }) => message);
    return json<RefusedForm>({ initialValue: { intent: "take-off" }, error }, { status: 400 });
  }
  try {
    const taken = await repairs.takeOff(topicId, views.data, read.reason, user.name);
    if (taken === 0) {
      const text = "No views were taken off: nothing of this topic is persisted.";
      return await redirectWithFlash(context, from, { kind: "info", text });
    }
    const all = taken < views.data ? ": it had no more" : "";
    const text = `${formatCount(taken, "view")} ${taken === 1 ? "was" : "were"} taken off${all}.`;
    return await redirectWithFlash(context, from, { kind: "success", text });
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    logger.warn({ err: error }, "Views could not be taken off");
    const text = `${error.message}: look at the topic's number again before you repeat it.`;
    return redirectWithFlash(context, from, { kind: "error", text });
  }
}
