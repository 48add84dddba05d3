import type { LoaderFunctionArgs } from "@remix-run/node";
import { parseListParams } from "~/lists/list-search";
import { namesToSearch, presentEntries } from "./admin.audit/load.server";
import { csvAnswer } from "./admin/csv-answer.server";

/** All pages of the audit log, with the filter of the page. */
export function loader(args: LoaderFunctionArgs) {
  return csvAnswer(args, {
    name: "audit",
    pages: async function* (services, search) {
      const params = parseListParams("audit", search);
      const names = await namesToSearch(services, params.topic);
      for await (const entries of services.audit.all({ ...params, names })) {
        yield await presentEntries(services, entries);
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
