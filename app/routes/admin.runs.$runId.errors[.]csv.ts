import type { LoaderFunctionArgs } from "@remix-run/node";
import { parseListParams } from "~/lists/list-params";
import { csvAnswer } from "./admin/csv-answer.server";

/** What failed in a run, as its page lists it, all pages of it. */
export function loader(args: LoaderFunctionArgs) {
  const run = args.params.runId ?? "";
  return csvAnswer(args, {
    name: `run-${run.replace(/\D/g, "")}-failures`,
    pages: ({ runs }, search) => runs.allErrors(run, parseListParams("run", search).reason),
    columns: [
      { header: "Target", value: ({ target }) => target },
      { header: "Views", value: ({ views }) => views },
      { header: "Reason", value: ({ reason }) => reason },
      { header: "When (UTC)", value: ({ at }) => at.toISOString() },
      { header: "Still failing", value: ({ isStillFailing }) => (isStillFailing ? "yes" : "no") },
    ],
  });
}
