import { json } from "@remix-run/node";
import { isbot } from "isbot";
import { RateLimiterRes } from "rate-limiter-flexible";
import { z } from "zod";
import { redisError } from "~/dependency-error.server";
import { FORUM_TOPIC } from "~/modules/view-tracking/target";
import type { Services } from "~/services.server";
import { apiError, invalidRequest, unavailable } from "./api-error.server";
import { readText } from "./request-body.server";
import { topicIdProblem } from "./topic-ids";

const LARGEST_BODY = 4 * 1_024;

const bodySchema = z.object({
  address: z
    .string("must be a string")
    .regex(/^0x[0-9a-fA-F]{40}$/, "must be 0x and 40 hex digits")
    .optional(),
});

/**
 * `POST …/topics/:topicId/views`. The body is read whatever its content type, because browsers send
 * beacons as text/plain, and may be empty.
 */
export async function countView(
  services: Pick<Services, "tracker" | "viewers" | "viewRate" | "logger">,
  request: Request,
  { topicId, clientIp }: { topicId: string; clientIp: string | undefined },
): Promise<Response> {
  const { tracker, viewers, viewRate, logger } = services;
  const problem = topicIdProblem("topicId", topicId);
  if (problem) return invalidRequest([problem]);
  const text = await readText(request, LARGEST_BODY);
  if (text === undefined) {
    const message = `body must have at most ${LARGEST_BODY} bytes`;
    return apiError(413, { code: "body_too_large", message }, { Connection: "close" });
  }
  const body = parseBody(text);
  if ("problems" in body) return invalidRequest(body.problems);

  const userAgent = request.headers.get("User-Agent") ?? undefined;
  if (isbot(userAgent)) return counted({ counted: false, reason: "bot" });
  try {
    if (viewRate) {
      const wait = await consume(viewRate, await viewers.client(clientIp));
      if (wait !== undefined) {
        const error = { code: "rate_limited", message: "Too many views from this client" };
        return apiError(429, error, { "Retry-After": String(wait) });
      }
    }
    const viewer = await viewers.viewer({ address: body.address, ip: clientIp, userAgent });
    const isNew = await tracker.trackView(FORUM_TOPIC, topicId, viewer.name, viewer.former);
    return counted(isNew ? { counted: true } : { counted: false, reason: "duplicate" });
  } catch (error) {
    return unavailable(error, logger);
  }
}

function counted(body: object): Response {
  return json(body);
}

function parseBody(text: string): { address?: string | undefined } | { problems: Problem[] } {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: [{ field: "body", message: "must be JSON" }] };
  }
  const parsed = bodySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  return {
    problems: parsed.error.issues.map((issue) => ({
      field: issue.path.join(".") || "body",
      message: issue.path.length > 0 ? issue.message : "must be an object",
    })),
  };
}

type Problem = { field: string; message: string };

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
