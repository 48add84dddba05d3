import { json, type LoaderFunctionArgs } from "@remix-run/node";
import type { ApiErrorBody } from "~/api/bodies";
import { hasBearer } from "~/server/bearer.server";

/** For Prometheus, which has to send METRICS_TOKEN; where none is configured, there is no such page. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { env, metrics } = context.services;
  if (env.METRICS_TOKEN === undefined) {
    return refusal(404, { code: "not_found", message: "METRICS_TOKEN is not set" });
  }
  if (!hasBearer(request, [env.METRICS_TOKEN])) {
    const message = "METRICS_TOKEN is needed as a bearer token";
    const headers = { "WWW-Authenticate": "Bearer" };
    return refusal(401, { code: "unauthorized", message }, headers);
  }
  const { text, contentType } = await metrics.scrape();
  return new Response(text, { headers: { "Content-Type": contentType } });
}

function refusal(status: number, error: ApiErrorBody["error"], headers?: Record<string, string>) {
  return json({ error } satisfies ApiErrorBody, { status, headers });
}
