import type { LoaderFunctionArgs } from "@remix-run/node";
import { csvDownload, type CsvColumn } from "~/lists/csv.server";
import { READ, type Right } from "~/accounts/rights";
import { requireRight } from "~/server/guards.server";
import type { Services } from "~/services.server";

/** The download of a list, for whoever may see the list. `pages` reads its filter from the address. */
export async function csvAnswer<Row>(
  { request, context }: LoaderFunctionArgs,
  list: {
    name: string;
    columns: Array<CsvColumn<Row>>;
    pages: (services: Services, search: URLSearchParams) => AsyncGenerator<Row[]>;
    right?: Right;
  },
): Promise<Response> {
  await requireRight({ request, context }, list.right ?? READ);
  const { services } = context;
  return csvDownload({
    name: `${list.name}-${services.env.DAO_SLUG}`,
    columns: list.columns,
    pages: list.pages(services, new URL(request.url).searchParams),
    logger: services.logger,
  });
}
