import type { LoaderFunctionArgs } from "@remix-run/node";

/** What this API is, for tools; `/docs/api` is the same for people. */
export function loader({ request, context }: LoaderFunctionArgs) {
  return context.services.openApi(request);
}
