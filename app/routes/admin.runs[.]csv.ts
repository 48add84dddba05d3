import type { LoaderFunctionArgs } from "@remix-run/node";
import { parseListParams } from "~/lists/list-search";
import { csvAnswer } from "./admin/csv-answer.server";

/** All pages of the list of runs, with its filter. */
export function loader(args: LoaderFunctionArgs) {
  return csvAnswer(args, {
    name: "runs",
    pages: ({ runs }, search) => runs.all(parseListParams("runs", search)),
    columns: [
      { header: "Run", value: ({ id }) => id },
      { header: "Status", value: ({ status }) => status },
      { header: "Trigger", value: ({ trigger }) => trigger },
      { header: "Actor", value: ({ actor }) => actor },
      { header: "Started (UTC)", value: ({ startedAt }) => startedAt.toISOString() },
      { header: "Ended (UTC)", value: ({ finishedAt }) => finishedAt?.toISOString() ?? null },
      { header: "Targets", value: ({ total }) => total },
      { header: "Saved", value: ({ flushed }) => flushed },
      { header: "Failed", value: ({ failed }) => failed },
      { header: "Views", value: ({ views }) => views },
      { header: "Error", value: ({ error }) => error },
      { header: "Warning", value: ({ warning }) => warning },
    ],
  });
}
