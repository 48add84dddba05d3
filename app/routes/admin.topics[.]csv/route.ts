import type { LoaderFunctionArgs } from "@remix-run/node";
import { csvDownload } from "~/lists/csv.server";
import { parseListParams } from "~/lists/list-search";
import { readShownPeriod } from "~/routes/admin/shown-period.server";
import { requireUser } from "~/server/guards.server";
import { topicsCsvColumns, topicsCsvPages } from "./load.server";

/** All pages of the list of topics, with its period and filter. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  const { services } = context;
  const { search, category } = parseListParams("topics", new URL(request.url).searchParams);
  const { moment, period } = await readShownPeriod(services, request);
  return csvDownload({
    name: `topics-${services.env.DAO_SLUG}-${period.from}-${period.to}`,
    columns: topicsCsvColumns(period),
    pages: topicsCsvPages(services, { moment, period, search, category }),
    logger: services.logger,
  });
}
