import { z } from "zod";
import { topicViewsSchema } from "~/counting/topic-views.server";
import { TOPIC_ID_PATTERN } from "~/sync/target";
import { LARGEST_VIEW_BODY, MOST_TOPICS } from "./limits";
import {
  apiErrorSchema,
  manyTopicViewsSchema,
  viewCountedSchema,
  viewNotCountedSchema,
  viewRequestSchema,
} from "./bodies";
import { retryAfter } from "./headers";
import { shown, type Answer, type Operation, type Parameter } from "./operation";

const topicIdSchema = z.string().regex(TOPIC_ID_PATTERN);

export const topicId: Parameter = {
  name: "topicId",
  in: "path",
  required: true,
  description: "The forum's own id of the topic: 1 to 100 letters, digits, hyphens or underscores.",
  schema: topicIdSchema,
  example: "12345",
};

const topicIds: Parameter = {
  name: "topicIds",
  in: "query",
  required: true,
  description: `Up to ${MOST_TOPICS} topic ids, separated by commas. One that is repeated is answered once.`,
  schema: z.array(topicIdSchema).min(1).max(MOST_TOPICS),
  example: "12345,67890",
};

const realTime: z.infer<typeof topicViewsSchema> = {
  topicId: "12345",
  uniqueViews: 1_047,
  baseViews: 1_000,
  overlayViews: 47,
  lastUpdated: "2026-01-15T14:23:45.123Z",
  isRealTime: true,
  source: "redis+postgres",
};

const neverFlushed: z.infer<typeof topicViewsSchema> = {
  ...realTime,
  topicId: "67890",
  uniqueViews: 3,
  baseViews: 0,
  overlayViews: 3,
  lastUpdated: null,
};

const degraded: z.infer<typeof topicViewsSchema> = {
  ...realTime,
  uniqueViews: 1_000,
  overlayViews: 0,
  isRealTime: false,
  source: "postgres",
  degraded: true,
};

const address = { address: "0x52908400098527886E0F7030069857D2E4169EE7" };

function refused(field: string, message: string) {
  return shown(apiErrorSchema, field, `\`${field}\` is wrong`, {
    error: {
      code: "invalid_request",
      message: `${field} ${message}`,
      details: [{ field, message }],
    },
  });
}

const badTopicId = refused("topicId", "must be 1 to 100 letters, digits, hyphens or underscores");

const databaseAway: Answer = {
  status: 503,
  description: "PostgreSQL is away. (With Redis away, the persisted count is answered.)",
  headers: retryAfter("Seconds after which it is worth asking again."),
  bodies: [
    shown(apiErrorSchema, "databaseAway", "PostgreSQL is away", {
      error: { code: "database_unavailable", message: "Database connection failed" },
    }),
  ],
};

const count: Operation = {
  method: "post",
  path: "/api/v1/forum/topics/{topicId}/views",
  operationId: "countView",
  tag: "Views",
  summary: "Count a view of a topic",
  description:
    "For forum pages, also with `navigator.sendBeacon`. A viewer counts once for a topic in 24 hours, unless the server is set otherwise; a viewer is the address, or else a hash of client address and browser that is forgotten after two days.\n\nThe body is read whatever its content type says, and may be empty. Scripts of other origins may read the answer if the origin is in `CORS_ORIGINS`.",
  parameters: [topicId],
  requestBody: {
    "application/json": shown(
      viewRequestSchema,
      "address",
      "A viewer whose wallet is known",
      address,
    ),
    "text/plain": shown(
      z.string(),
      "beacon",
      "The same JSON, as a beacon sends it",
      JSON.stringify(address),
    ),
  },
  answers: [
    {
      status: 200,
      description: "The view was counted, or there is a reason not to count it.",
      bodies: [
        shown(viewCountedSchema, "counted", "Counted", { counted: true }),
        shown(viewNotCountedSchema, "duplicate", "This viewer has counted already", {
          counted: false,
          reason: "duplicate",
        }),
        shown(viewNotCountedSchema, "bot", "The user agent is a bot's", {
          counted: false,
          reason: "bot",
        }),
      ],
    },
    {
      status: 400,
      description: "The topic id or the body is wrong; the answer names the field.",
      bodies: [
        badTopicId,
        refused("address", "must be 0x and 40 hex digits"),
        refused("body", "must be JSON"),
      ],
    },
    {
      status: 413,
      description: `The body has more than ${LARGEST_VIEW_BODY} bytes.`,
      bodies: [
        shown(apiErrorSchema, "tooLarge", "The body is too large", {
          error: {
            code: "body_too_large",
            message: `body must have at most ${LARGEST_VIEW_BODY} bytes`,
          },
        }),
      ],
    },
    {
      status: 429,
      description: "This client has counted too many views in the last minute.",
      headers: retryAfter("Seconds after which this client may count again."),
      bodies: [
        shown(apiErrorSchema, "rateLimited", "Too many views", {
          error: { code: "rate_limited", message: "Too many views from this client" },
        }),
      ],
    },
    {
      status: 503,
      description: "Redis is away, so nothing can be counted. Answered within a second.",
      headers: retryAfter("Seconds after which it is worth counting again."),
      bodies: [
        shown(apiErrorSchema, "redisAway", "Redis is away", {
          error: { code: "redis_unavailable", message: "Redis connection failed" },
        }),
      ],
    },
  ],
};

const read: Operation = {
  method: "get",
  path: "/api/v1/forum/topics/{topicId}/views",
  operationId: "readTopicViews",
  tag: "Views",
  summary: "Read the views of a topic",
  description:
    "`uniqueViews` never goes back and never counts a view twice, not even while a sync is running. A topic that nobody has viewed has 0.",
  parameters: [topicId],
  answers: [
    {
      status: 200,
      description: "The views of the topic.",
      bodies: [
        shown(topicViewsSchema, "realTime", "Persisted and pending views", realTime),
        shown(topicViewsSchema, "degraded", "Redis is away: the persisted views alone", degraded),
      ],
    },
    { status: 400, description: "The topic id is wrong.", bodies: [badTopicId] },
    databaseAway,
  ],
};

const readMany: Operation = {
  method: "get",
  path: "/api/v1/forum/views",
  operationId: "readViews",
  tag: "Views",
  summary: "Read the views of many topics at once",
  description: "For lists of topics. Each topic is answered as it is alone.",
  parameters: [topicIds],
  answers: [
    {
      status: 200,
      description: "The views of the topics, in the order asked for.",
      bodies: [
        shown(manyTopicViewsSchema, "realTime", "Persisted and pending views", {
          topics: [realTime, neverFlushed],
        }),
        shown(manyTopicViewsSchema, "degraded", "Redis is away: the persisted views alone", {
          topics: [degraded],
        }),
      ],
    },
    {
      status: 400,
      description: "No topic is named, too many are, or an id is wrong.",
      bodies: [refused("topicIds", "must name at least one topic")],
    },
    databaseAway,
  ],
};

export const viewsOperations: Operation[] = [count, read, readMany];
