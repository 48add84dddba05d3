import type { LoaderFunctionArgs } from "@remix-run/node";
import { parseListParams } from "~/lists/list-search";
import { csvAnswer } from "~/routes/admin/csv-answer.server";
import { pendingCsvColumns, pendingCsvPages } from "./load.server";

/** All pages of the list of pending targets, with its filter. */
export function loader(args: LoaderFunctionArgs) {
  return csvAnswer(args, {
    name: "pending",
    columns: pendingCsvColumns,
    pages: (services, search) => pendingCsvPages(services, parseListParams("pending", search)),
  });
}
