import type { LoaderFunctionArgs } from "@remix-run/node";
import { answerCaller } from "~/api/answers.server";
import { answerStats } from "~/api/stats.server";

/** The views of a period, for external dashboards and reports. */
export function loader({ request, context: { services } }: LoaderFunctionArgs) {
  return answerCaller(services, { request, scope: "stats:read" }, () =>
    answerStats(services, request),
  );
}
