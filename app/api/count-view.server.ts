import { isbot } from "isbot";
import { RateLimiterRes } from "rate-limiter-flexible";
import {
  LARGEST_VIEW_BODY,
  viewRequestSchema,
  type ApiErrorBody,
  type FieldProblem,
  type ViewAnswer,
} from "./bodies";
import { redisError } from "~/platform/dependency-error.server";
import { FORUM_TOPIC } from "~/sync/target";
import type { ViewOutcome } from "~/monitoring/metrics.server";
import type { Services } from "~/services.server";
import type { ApiAnswer } from "./api-answer.server";
import { apiError, invalidRequest, unavailable } from "./api-error.server";
import { topicIdProblem } from "./topic-ids";

/** What a count takes from a request, whoever has received it. */
export interface ViewRequest {
  topicId: string;
  clientIp: string | undefined;
  userAgent: string | undefined;
  /** The body as text; undefined when more than `limit` bytes arrive. */
  readBody: (limit: number) => Promise<string | undefined>;
}

/**
 * `POST …/topics/:topicId/views`. The body is read whatever its content type, because browsers send
 * beacons as text/plain, and may be empty.
 */
export async function countView(
  services: CountServices & Pick<Services, "metrics">,
  request: ViewRequest,
): Promise<ApiAnswer<ViewAnswer | ApiErrorBody>> {
  const answer = await answerTo(services, request);
  services.metrics.viewRequested(outcomeOf(answer));
  return answer;
}

type CountServices = Pick<Services, "tracker" | "viewers" | "viewRate" | "logger">;

function outcomeOf({ status, body }: ApiAnswer<ViewAnswer | ApiErrorBody>): ViewOutcome {
  if ("error" in body) return status >= 500 ? "failed" : "refused";
  return body.counted ? "counted" : body.reason;
}

async function answerTo(
  { tracker, viewers, viewRate, logger }: CountServices,
  { topicId, clientIp, userAgent, readBody }: ViewRequest,
): Promise<ApiAnswer<ViewAnswer | ApiErrorBody>> {
  const problem = topicIdProblem("topicId", topicId);
  if (problem) return invalidRequest([problem]);
  const text = await readBody(LARGEST_VIEW_BODY);
  if (text === undefined) {
    const message = `body must have at most ${LARGEST_VIEW_BODY} bytes`;
    return apiError(413, { code: "body_too_large", message }, { Connection: "close" });
  }
  const body = parseBody(text);
  if ("problems" in body) return invalidRequest(body.problems);

  if (isbot(userAgent)) return counted({ counted: false, reason: "bot" });
  try {
    if (viewRate) {
      const wait = await consume(viewRate, await viewers.client(clientIp));
      if (wait !== undefined) {
        const message = "Too many views from this client";
        return apiError(429, { code: "rate_limited", message }, { "Retry-After": String(wait) });
      }
    }
    const viewer = await viewers.viewer({ address: body.address, ip: clientIp, userAgent });
    const isNew = await tracker.trackView(FORUM_TOPIC, topicId, viewer.name, viewer.former);
    return counted(isNew ? { counted: true } : { counted: false, reason: "duplicate" });
  } catch (error) {
    return unavailable(error, logger);
  }
}

function counted(body: ViewAnswer): ApiAnswer<ViewAnswer> {
  return { status: 200, body };
}

function parseBody(text: string): { address?: string | undefined } | { problems: FieldProblem[] } {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: [{ field: "body", message: "must be JSON" }] };
  }
  const parsed = viewRequestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  return {
    problems: parsed.error.issues.map((issue) => ({
      field: issue.path.join(".") || "body",
      message: issue.path.length > 0 ? issue.message : "must be an object",
    })),
  };
}

/** Seconds to wait when the client has used up its views; undefined when it has not. */
async function consume(
  limiter: NonNullable<Services["viewRate"]>,
  client: string,
): Promise<number | undefined> {
  try {
    await limiter.consume(client);
    return undefined;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.ceil(refusal.msBeforeNext / 1_000) || 1;
    throw redisError(refusal);
  }
}
