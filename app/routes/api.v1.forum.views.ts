import type { LoaderFunctionArgs } from "@remix-run/node";
import { toResponse } from "~/api/api-answer.server";
import { readManyViews } from "~/api/read-views.server";

export async function loader({ request, context }: LoaderFunctionArgs) {
  return toResponse(await readManyViews(context.services, new URL(request.url).searchParams));
}
