import { topicViewsSchema, type TopicViews } from "~/counting/topic-views.server";
import { TOPIC_ID_PATTERN } from "~/sync/target";
import {
  LARGEST_VIEW_BODY,
  manyTopicViewsSchema,
  MOST_TOPICS,
  viewCountedSchema,
  viewNotCountedSchema,
  viewRequestSchema,
  type NotCountedReason,
} from "../bodies";
import {
  answer,
  databaseAway,
  errorExample,
  example,
  header,
  invalidField,
  json,
  retryAfter,
  text,
  tooLarge,
  unauthorized,
} from "./parts";
import { onlyTrusted } from "../count-view.server";

const topicIdSchema = { type: "string", pattern: TOPIC_ID_PATTERN.source };

const topicId = {
  name: "topicId",
  in: "path",
  required: true,
  description: "The topic's id in the forum: 1 to 100 letters, digits, hyphens or underscores.",
  schema: topicIdSchema,
  example: "12345",
};

const realTime: TopicViews = {
  topicId: "12345",
  uniqueViews: 1_047,
  baseViews: 1_000,
  overlayViews: 47,
  lastUpdated: "2026-01-15T14:23:45.123Z",
  isRealTime: true,
  source: "redis+postgres",
};

const neverFlushed: TopicViews = {
  ...realTime,
  topicId: "67890",
  uniqueViews: 3,
  baseViews: 0,
  overlayViews: 3,
  lastUpdated: null,
};

const degraded: TopicViews = {
  ...realTime,
  uniqueViews: 1_000,
  overlayViews: 0,
  isRealTime: false,
  source: "postgres",
  degraded: true,
};

const withoutRedis = "Redis is away: the persisted views alone";

const address = { address: "0x52908400098527886E0F7030069857D2E4169EE7" };

const badTopicId = invalidField(
  "topicId",
  "must be 1 to 100 letters, digits, hyphens or underscores",
);

const databaseIsAway = databaseAway(
  "PostgreSQL is away. (With Redis away, the persisted count is answered.)",
);

function notCounted(reason: NotCountedReason, summary: string) {
  return example(viewNotCountedSchema, reason, summary, { counted: false, reason });
}

const preflight = {
  tags: ["Views"],
  description:
    "A browser asks this by itself before a script of another origin sends JSON. Origins that are not in `CORS_ORIGINS` get the same answer without `Access-Control-Allow-Origin`.",
  responses: {
    204: {
      description: "What a script of that origin may do.",
      headers: {
        "Access-Control-Allow-Origin": header(
          "The origin, if it is one of `CORS_ORIGINS`.",
          { type: "string" },
          "https://forum.example",
          false,
        ),
        "Access-Control-Allow-Methods": header(
          "The methods that scripts of other origins may use.",
          { const: "GET,POST" },
        ),
        "Access-Control-Max-Age": header("Seconds for which the browser need not ask again.", {
          const: "86400",
        }),
      },
    },
  },
};

const origin = {
  name: "Origin",
  in: "header",
  required: true,
  description: "The origin of the page that wants to send the request.",
  schema: { type: "string" },
  example: "https://forum.example",
};

/** The paths that forum pages call. */
export const viewsPaths = {
  "/api/v1/forum/topics/{topicId}/views": {
    post: {
      operationId: "countView",
      tags: ["Views"],
      summary: "Count a view of a topic",
      description:
        "For forum pages, also with `navigator.sendBeacon`. A viewer counts once for a topic in 24 hours, unless the server is set otherwise; a viewer is the address, or else client address and browser, of which a few bytes of a hash are kept until then. Of one network, at most 30 viewers count for a topic in that time.\n\nA forum's own server counts for its visitors with an API token that has `views:write`: it names the visitor's `ip` and `userAgent`, or an `address` that it vouches for, or both.\n\nThe body is JSON, whatever its content type says, or a form, and may be empty. Pages of other origins may count, and read the answer, if the origin is in `CORS_ORIGINS`.",
      security: [{}, { apiToken: ["views:write"] }],
      parameters: [topicId],
      requestBody: {
        content: {
          ...json(
            example(viewRequestSchema, "address", "A viewer whose wallet is known", address),
            example(viewRequestSchema, "visitor", "A visitor of the forum's own server", {
              ip: "203.0.113.7",
              userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            }),
          ),
          ...text(
            "text/plain",
            "beacon",
            "The same JSON, as a beacon sends it",
            JSON.stringify(address),
          ),
        },
      },
      responses: {
        200: answer("The view was counted, or there is a reason not to count it.", [
          example(viewCountedSchema, "counted", "Counted", { counted: true }),
          notCounted("duplicate", "This viewer has counted already"),
          notCounted("network", "The cap of the viewer's network is reached"),
          notCounted("bot", "The user agent is a bot's, or missing"),
          notCounted("prefetch", "Nobody has opened the page yet"),
        ]),
        400: answer("The topic id or the body is wrong; the answer names the field.", [
          badTopicId,
          invalidField("address", "must be 0x and 40 hex digits"),
          invalidField("body", "must be JSON or a form"),
          invalidField("ip", onlyTrusted),
        ]),
        401: unauthorized(
          "The token is no token of this DAO, or has ended.",
          "No token of ours",
          "This is no API token of this DAO, or it has ended",
        ),
        403: answer(
          "The page has an origin that `CORS_ORIGINS` does not name; or the token lacks the scope `views:write`.",
          [
            errorExample("forbidden", "A token for something else", {
              code: "forbidden",
              message: "This token does not have views:write",
            }),
            errorExample("foreignOrigin", "A page of another origin", {
              code: "origin_not_allowed",
              message: "Pages of this origin may not count views: CORS_ORIGINS does not name it",
            }),
          ],
        ),
        413: tooLarge(`The body has more than ${LARGEST_VIEW_BODY} bytes.`, LARGEST_VIEW_BODY),
        429: answer(
          "This client has counted too many views in the last minute.",
          [
            errorExample("rateLimited", "Too many views", {
              code: "rate_limited",
              message: "Too many views from this client",
            }),
          ],
          retryAfter("Seconds after which this client may count again."),
        ),
        503: answer(
          "Redis is away, so nothing can be counted. Answered within a second.",
          [
            errorExample("redisAway", "Redis is away", {
              code: "redis_unavailable",
              message: "Redis connection failed",
            }),
          ],
          retryAfter("Seconds after which it is worth counting again."),
        ),
      },
    },
    get: {
      operationId: "readTopicViews",
      tags: ["Views"],
      summary: "Read the views of a topic",
      description:
        "`uniqueViews` never goes down and never counts a view twice, not even while a sync is running. A topic that nobody has viewed has 0.",
      parameters: [topicId],
      responses: {
        200: answer("The views of the topic.", [
          example(topicViewsSchema, "realTime", "Persisted and pending views", realTime),
          example(topicViewsSchema, "degraded", withoutRedis, degraded),
        ]),
        400: answer("The topic id is wrong.", [badTopicId]),
        503: databaseIsAway,
      },
    },
    options: {
      ...preflight,
      operationId: "mayCountView",
      summary: "Whether a page of another origin may count and read a topic",
      parameters: [topicId, origin],
    },
  },
  "/api/v1/forum/views": {
    get: {
      operationId: "readViews",
      tags: ["Views"],
      summary: "Read the views of many topics at once",
      description: "For lists of topics. Each topic is answered as by the request for it alone.",
      parameters: [
        {
          name: "topicIds",
          in: "query",
          required: true,
          description: `Up to ${MOST_TOPICS} topic ids, separated by commas. One that is repeated is answered once.`,
          schema: { type: "array", items: topicIdSchema, minItems: 1, maxItems: MOST_TOPICS },
          example: ["12345", "67890"],
          style: "form",
          explode: false,
        },
      ],
      responses: {
        200: answer("The views of the topics, in the order asked for.", [
          example(manyTopicViewsSchema, "realTime", "Persisted and pending views", {
            topics: [realTime, neverFlushed],
          }),
          example(manyTopicViewsSchema, "degraded", withoutRedis, { topics: [degraded] }),
        ]),
        400: answer("No topic is named, too many are, or an id is wrong.", [
          invalidField("topicIds", "must name at least one topic"),
        ]),
        503: databaseIsAway,
      },
    },
    options: {
      ...preflight,
      operationId: "mayReadViews",
      summary: "Whether a page of another origin may read many topics",
      parameters: [origin],
    },
  },
};
