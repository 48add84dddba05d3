import { json, type LoaderFunctionArgs } from "@remix-run/node";
import type { ReadinessBody } from "~/api/bodies";

/** Readiness: PostgreSQL and Redis answer, each within a second, and the database has what this build needs. */
export async function loader({ context }: LoaderFunctionArgs) {
  const { postgres, redis, schemaProblem, warnings } = await context.services.health.check();
  const texts = warnings.map(({ text }) => text);
  const isReady = postgres && redis && schemaProblem === undefined;
  return json<ReadinessBody>(
    {
      status: isReady ? "ready" : "unavailable",
      checks: { postgres: postgres ? "ok" : "unavailable", redis: redis ? "ok" : "unavailable" },
      warnings: schemaProblem === undefined ? texts : [schemaProblem, ...texts],
    },
    { status: isReady ? 200 : 503 },
  );
}
