import type { LoaderFunctionArgs } from "@remix-run/node";
import { parseListParams } from "~/lists/list-search";
import { csvAnswer } from "./admin/csv-answer.server";

/** All errors of a run, with the filter of its page. */
export function loader(args: LoaderFunctionArgs) {
  const run = args.params.runId ?? "";
  return csvAnswer(args, {
    name: `run-${run.replace(/\D/g, "")}-failures`,
    pages: async function* ({ directory, runs }, search) {
      const pages = runs.allErrors(run, parseListParams("run", search).reason);
      for await (const rows of pages) yield await directory.named(rows);
    },
    columns: [
      { header: "Target", value: ({ target }) => target },
      { header: "Title", value: ({ name }) => name?.title ?? null },
      { header: "Views", value: ({ views }) => views },
      { header: "Reason", value: ({ reason }) => reason },
      { header: "When (UTC)", value: ({ at }) => at.toISOString() },
      { header: "Still failing", value: ({ isStillFailing }) => (isStillFailing ? "yes" : "no") },
    ],
  });
}
