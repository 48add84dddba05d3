import { json, type LoaderFunctionArgs } from "@remix-run/node";
import type { ReadinessBody } from "~/api/bodies";

/** Readiness: PostgreSQL and Redis answer, each within a second. */
export async function loader({ context }: LoaderFunctionArgs) {
  const { postgres, redis, warnings } = await context.services.health.check();
  const isReady = postgres && redis;
  return json<ReadinessBody>(
    {
      status: isReady ? "ready" : "unavailable",
      checks: { postgres: postgres ? "ok" : "unavailable", redis: redis ? "ok" : "unavailable" },
      warnings,
    },
    { status: isReady ? 200 : 503 },
  );
}
