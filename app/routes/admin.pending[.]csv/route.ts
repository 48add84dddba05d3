import type { LoaderFunctionArgs } from "@remix-run/node";
import { csvDownload } from "~/lists/csv.server";
import { parseListParams } from "~/lists/list-params";
import { requireUser } from "~/server/guards.server";
import { pendingCsvColumns, pendingCsvPages } from "./load.server";

/** All pages of the list of pending targets, with its filter. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  const { services } = context;
  const params = parseListParams("pending", new URL(request.url).searchParams);
  return csvDownload({
    name: `pending-${services.env.DAO_SLUG}`,
    columns: pendingCsvColumns,
    pages: pendingCsvPages(services, params),
    logger: services.logger,
  });
}
