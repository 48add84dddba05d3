import type { LoaderFunctionArgs } from "@remix-run/node";
import { toResponse } from "~/http/api-answer.server";
import { readManyViews } from "~/http/read-views.server";

export async function loader({ request, context }: LoaderFunctionArgs) {
  return toResponse(await readManyViews(context.services, new URL(request.url).searchParams));
}
