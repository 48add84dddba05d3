import { json } from "@remix-run/node";
import type { Logger } from "pino";
import { DependencyError } from "~/dependency-error.server";

/** Seconds after which a caller may try again when a dependency is away. */
const RETRY_AFTER_SECONDS = 5;

/** A problem with one field of a request. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** The error body of every endpoint but the sync, whose documented bodies are in `sync-response.ts`. */
export function apiError(
  status: number,
  error: { code: string; message: string; details?: FieldProblem[] },
  headers: Record<string, string> = {},
): Response {
  return json({ error }, { status, headers });
}

export function invalidRequest(details: FieldProblem[]): Response {
  const message = details.map((problem) => `${problem.field} ${problem.message}`).join("; ");
  return apiError(400, { code: "invalid_request", message, details });
}

/** 503 for a dependency that is away; anything else is not expected here and goes on. */
export function unavailable(error: unknown, logger: Logger): Response {
  if (!(error instanceof DependencyError)) throw error;
  logger.warn({ err: error }, "A request could not be served");
  const code = error.dependency === "redis" ? "redis_unavailable" : "database_unavailable";
  return apiError(
    503,
    { code, message: error.message },
    { "Retry-After": String(RETRY_AFTER_SECONDS) },
  );
}
