import type { LoaderFunctionArgs } from "@remix-run/node";
import { openApiEndpoint } from "~/api/openapi/document";

let respond: ReturnType<typeof openApiEndpoint> | undefined;

/** The description of the API for tools; `/docs/api` shows it to people. */
export function loader({ request, context }: LoaderFunctionArgs) {
  respond ??= openApiEndpoint(context.services.env.APP_ORIGIN);
  return respond(request);
}
