import { json } from "@remix-run/node";
import type { Logger } from "pino";
import type { ApiScope } from "~/accounts/api-scopes";
import { DependencyError } from "~/platform/dependency-error.server";
import { logOutage } from "~/platform/outage-log.server";
import type { FieldProblem } from "~/lib/field-problems";
import { findCaller } from "~/server/bearer.server";
import type { Services } from "~/services.server";
import type { ApiErrorBody } from "./bodies";

/** An answer that is sent without Express. */
export interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}

/** Seconds after which a caller may try again when a dependency is away. */
const RETRY_AFTER_SECONDS = 5;

export function apiError(
  status: number,
  error: ApiErrorBody["error"],
  headers: Record<string, string> = status === 401 ? { "WWW-Authenticate": "Bearer" } : {},
): Answer {
  return { status, body: { error } satisfies ApiErrorBody, headers };
}

export function invalidRequest(details: FieldProblem[]): Answer {
  const message = details.map((problem) => `${problem.field} ${problem.message}`).join("; ");
  return apiError(400, { code: "invalid_request", message, details });
}

export const topicIdForm = "must be 1 to 100 letters, digits, hyphens or underscores";

export const badTopicId = invalidRequest([{ field: "topicId", message: topicIdForm }]);

/** 503 for a dependency that is away; 500 for anything else, which is not expected here. */
export function unavailable(error: unknown, logger: Logger): Answer {
  if (!(error instanceof DependencyError)) {
    logger.error({ err: error }, "A request failed unexpectedly");
    return apiError(500, { code: "internal_error", message: "Unexpected error" });
  }
  logOutage(logger, error);
  const code = error.dependency === "redis" ? "redis_unavailable" : "database_unavailable";
  const headers = { "Retry-After": String(RETRY_AFTER_SECONDS) };
  return apiError(503, { code, message: error.message }, headers);
}

/**
 * Answers a caller that has a token with this scope; anybody else, and any failure, with the documented
 * error.
 */
export async function answerCaller(
  services: Pick<Services, "env" | "tokens" | "logger">,
  { request, scope }: { request: Request; scope: ApiScope },
  answer: () => Promise<Answer | Response>,
): Promise<Response> {
  try {
    const caller = await findCaller(services, request, scope);
    if (caller.kind === "refused") return respond(apiError(caller.status, caller.error));
    const given = await answer();
    return given instanceof Response ? given : respond(given);
  } catch (error) {
    return respond(unavailable(error, services.logger));
  }
}

export function respond({ status, body, headers = {} }: Answer): Response {
  return json(body, { status, headers });
}
