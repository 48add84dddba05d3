import type { LoaderFunctionArgs } from "@remix-run/node";
import { parseListParams } from "~/lists/list-params";
import { namesToSearch, presentEntry } from "./admin.audit/load.server";
import { csvAnswer } from "./admin/csv-answer.server";

/** What the audit log shows, all pages of it. */
export function loader(args: LoaderFunctionArgs) {
  return csvAnswer(args, {
    name: "audit",
    pages: async function* ({ audit }, search) {
      const params = parseListParams("audit", search);
      for await (const entries of audit.all({ ...params, names: namesToSearch(params.topic) })) {
        yield entries.map(presentEntry);
      }
    },
    columns: [
      { header: "When (UTC)", value: ({ at }) => at },
      { header: "Who", value: ({ actor }) => actor },
      { header: "What", value: ({ what }) => what },
      { header: "Run", value: ({ runId }) => runId },
      { header: "Details", value: ({ more }) => more ?? null },
    ],
  });
}
