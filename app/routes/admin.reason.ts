import type { LoaderFunctionArgs } from "@remix-run/node";
import { requireUser } from "~/server/guards.server";

/** The full text of a reason of which pages show the beginning: why a target fails, or failed in a run. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  const { failures, runs } = context.services;
  const search = new URL(request.url).searchParams;
  const target = (search.get("target") ?? "").replaceAll("\0", "");
  const run = search.get("run");
  const reason =
    run === null ? await failures.wholeReason(target) : await runs.wholeReason(run, target);
  return new Response(reason ?? "Nothing is known of this target any more", {
    status: reason === undefined ? 404 : 200,
    headers: { "Content-Type": "text/plain; charset=utf-8" },
  });
}
