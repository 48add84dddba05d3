import type { Logger } from "pino";
import { DependencyError } from "~/platform/dependency-error.server";
import { logOutage } from "~/platform/outage-log.server";

/** Seconds after which it is worth asking again. */
const RETRY_AFTER_SECONDS = 5;

/**
 * What a page throws when it cannot be shown without the server that is away: its error boundary gets
 * status 503 and a plain sentence that begins with the server. Anything else is not expected here and goes on.
 */
export function pageUnavailable(error: unknown, logger: Logger): Response {
  if (!(error instanceof DependencyError)) throw error;
  logOutage(logger, error);
  return new Response(error.message, {
    status: 503,
    statusText: "Service Unavailable",
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Retry-After": String(RETRY_AFTER_SECONDS),
    },
  });
}
