import type { LoaderFunctionArgs } from "@remix-run/node";
import { openApiEndpoint } from "~/api/openapi/document";

let respond: ReturnType<typeof openApiEndpoint> | undefined;

/** What this API is, for tools; `/docs/api` is the same for people. */
export function loader({ request, context }: LoaderFunctionArgs) {
  respond ??= openApiEndpoint(context.services.env.APP_ORIGIN);
  return respond(request);
}
