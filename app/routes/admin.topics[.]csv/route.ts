import type { LoaderFunctionArgs } from "@remix-run/node";
import { csvDownload } from "~/lists/csv.server";
import { parseListParams } from "~/lists/list-params";
import { pageUnavailable } from "~/server/page-unavailable.server";
import { requireUser } from "~/server/guards.server";
import { topicsCsvColumns, topicsCsvPages } from "./load.server";

/** The topics that the search finds, all pages of them. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  const { services } = context;
  const { search } = parseListParams("topics", new URL(request.url).searchParams);
  try {
    return await csvDownload({
      name: `topics-${services.env.DAO_SLUG}`,
      columns: topicsCsvColumns,
      pages: topicsCsvPages(services, search),
      logger: services.logger,
    });
  } catch (error) {
    throw pageUnavailable(error, services.logger);
  }
}
