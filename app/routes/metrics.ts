import type { LoaderFunctionArgs } from "@remix-run/node";
import { apiError, respond } from "~/api/answers.server";
import { hasBearer } from "~/server/bearer.server";

/** For Prometheus, which has to send METRICS_TOKEN; where none is configured, there is no such page. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { env, metrics } = context.services;
  if (env.METRICS_TOKEN === undefined) {
    return respond(apiError(404, { code: "not_found", message: "METRICS_TOKEN is not set" }));
  }
  if (!hasBearer(request, [env.METRICS_TOKEN])) {
    const message = "METRICS_TOKEN is needed as a bearer token";
    return respond(apiError(401, { code: "unauthorized", message }));
  }
  const { text, contentType } = await metrics.scrape();
  return new Response(text, { headers: { "Content-Type": contentType } });
}
