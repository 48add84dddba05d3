import type { Logger } from "pino";
import type { ApiErrorBody, FieldProblem } from "./bodies";
import { DependencyError } from "~/platform/dependency-error.server";
import type { ApiAnswer } from "./api-answer.server";

/** Seconds after which a caller may try again when a dependency is away. */
const RETRY_AFTER_SECONDS = 5;

/** The error body of every endpoint but the sync, whose documented bodies are in `sync-response.server.ts`. */
export function apiError(
  status: number,
  error: ApiErrorBody["error"],
  headers: Record<string, string> = {},
): ApiAnswer<ApiErrorBody> {
  return { status, body: { error }, headers };
}

export function invalidRequest(details: FieldProblem[]): ApiAnswer<ApiErrorBody> {
  const message = details.map((problem) => `${problem.field} ${problem.message}`).join("; ");
  return apiError(400, { code: "invalid_request", message, details });
}

/** 503 for a dependency that is away; 500 for anything else, which is not expected here. */
export function unavailable(error: unknown, logger: Logger): ApiAnswer<ApiErrorBody> {
  if (!(error instanceof DependencyError)) {
    logger.error({ err: error }, "A request failed unexpectedly");
    return apiError(500, { code: "internal_error", message: "Unexpected error" });
  }
  logger.warn({ err: error }, "A request could not be served");
  const code = error.dependency === "redis" ? "redis_unavailable" : "database_unavailable";
  return apiError(
    503,
    { code, message: error.message },
    { "Retry-After": String(RETRY_AFTER_SECONDS) },
  );
}
