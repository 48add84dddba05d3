import { z } from "zod";
import {
  cronFailedSchema,
  cronUnauthorizedSchema,
  syncBadOptionSchema,
  syncBusySchema,
  syncFlushedSchema,
  syncNothingSchema,
  syncSkippedSchema,
} from "./bodies";
import { authenticate, retryAfter } from "./headers";
import { shown, type Answer, type AnswerHeader, type Operation } from "./operation";

/** `skip` is for hosts that page somebody on every answer but 2xx: a sync that is active is no fault. */
export const onConflictSchema = z.enum(["skip"]);

function runHeader(required: boolean): Record<string, AnswerHeader> {
  const schema = z.string().regex(/^\d+$/);
  const description = "The run, as the dashboard shows it.";
  return { "X-Sync-Run-Id": { description, required, schema, example: "42" } };
}

/** What every endpoint for the cron answers without its secret. */
export const cronUnauthorized: Answer = {
  status: 401,
  description: "No `Authorization` header, another scheme, or a wrong secret.",
  headers: authenticate,
  bodies: [
    shown(cronUnauthorizedSchema, "unauthorized", "The secret is missing or wrong", {
      error: "Unauthorized",
      status: 401,
    }),
  ],
};

const answers: Answer[] = [
  {
    status: 200,
    description:
      "The sync has ended. Targets that failed are no failure of the sync: they are listed, and their views stay pending.",
    headers: runHeader(true),
    bodies: [
      shown(syncFlushedSchema, "flushed", "Everything was flushed", {
        success: true,
        message: "Successfully flushed 145/145 Redis overlays",
        summary: { total: 145, flushed: 145, failed: 0 },
      }),
      shown(syncFlushedSchema, "partly", "Some targets failed", {
        success: true,
        message: "Successfully flushed 143/145 Redis overlays",
        summary: { total: 145, flushed: 143, failed: 2 },
        errors: [
          { target: "forum_topic:12345", error: "Database connection timeout" },
          { target: "forum_topic:67890", error: "Invalid topic ID" },
        ],
      }),
      shown(syncNothingSchema, "nothing", "Nothing was pending", {
        success: true,
        message: "No Redis overlays to flush",
        flushed: 0,
        summary: { total: 0, flushed: 0, failed: 0 },
      }),
      shown(syncSkippedSchema, "skipped", "With onConflict=skip, while another sync is active", {
        success: true,
        skipped: true,
        message: "A sync is already running",
        runId: "42",
        summary: { total: 0, flushed: 0, failed: 0 },
      }),
    ],
  },
  {
    status: 400,
    description: "`onConflict` has another value than `skip`.",
    bodies: [
      shown(syncBadOptionSchema, "badOption", "A wrong option", {
        success: false,
        error: 'onConflict: the only value is "skip"',
        status: 400,
      }),
    ],
  },
  cronUnauthorized,
  {
    status: 409,
    description: "Another sync is active; no second was started.",
    headers: {
      ...retryAfter("Seconds after which it is worth asking again."),
      Location: {
        description: "The page of the active run in the dashboard.",
        required: true,
        schema: z.string().regex(/^\/admin\/runs\/\d+$/),
        example: "/admin/runs/42",
      },
      ...runHeader(true),
    },
    bodies: [
      shown(syncBusySchema, "busy", "A sync is active", {
        success: false,
        error: "A sync is already running",
        runId: "42",
        status: 409,
      }),
    ],
  },
  {
    status: 500,
    description:
      "Redis or PostgreSQL is away, or the sync could not go on. What is pending stays pending, and the next sync goes on.",
    headers: runHeader(false),
    bodies: [
      shown(cronFailedSchema, "redisAway", "Redis is away", {
        success: false,
        error: "Redis connection failed",
        timestamp: "2026-01-15T14:23:45.123Z",
        status: 500,
      }),
      shown(cronFailedSchema, "databaseAway", "PostgreSQL is away", {
        success: false,
        error: "Database connection failed",
        timestamp: "2026-01-15T14:23:45.123Z",
        status: 500,
      }),
    ],
  },
];

const sync: Omit<Operation, "method" | "operationId" | "summary" | "description"> = {
  path: "/api/v1/forum/sync-views",
  tag: "Sync",
  security: "cronSecret",
  parameters: [
    {
      name: "onConflict",
      in: "query",
      required: false,
      description:
        "What to answer while another sync is active: 409 without it, 200 with `skip`, for hosts that alarm somebody on every other status.",
      schema: onConflictSchema,
      example: "skip",
    },
  ],
  answers,
};

export const syncOperations: Operation[] = [
  {
    ...sync,
    method: "post",
    operationId: "syncViews",
    summary: "Move the pending views from Redis to PostgreSQL",
    description:
      "For a cron, every 5 to 15 minutes. The answer comes when the sync has ended; the caller may hang up before, and the sync goes on. Only one sync runs at a time, and calling too often does no harm.",
  },
  {
    ...sync,
    method: "get",
    operationId: "syncViewsByGet",
    summary: "Sync by GET, for crons that cannot send POST",
    description:
      "The crons of hosting platforms send GET. It does what POST does and answers the same. HEAD gets 405 and starts no sync.",
  },
];
