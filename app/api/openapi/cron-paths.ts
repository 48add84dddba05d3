import { cleanupAnswerSchema, cleanupKinds, type CleanupKind } from "~/retention/cleanup-answer";
import {
  cronFailedSchema,
  cronUnauthorizedSchema,
  onConflictSchema,
  syncBadOptionSchema,
  syncBusySchema,
  syncFlushedSchema,
  syncNothingSchema,
  syncSkippedSchema,
} from "../bodies";
import { answer, authenticate, example, header, retryAfter } from "./parts";

function runHeader(required: boolean) {
  const description = "The run, as the dashboard shows it.";
  const schema = { type: "string", pattern: "^\\d+$" } as const;
  return { "X-Sync-Run-Id": header(description, schema, "42", required) };
}

function failed(name: string, summary: string, error: string) {
  const timestamp = "2026-01-15T14:23:45.123Z";
  const value = { success: false, error, timestamp, status: 500 } as const;
  return example(cronFailedSchema, name, summary, value);
}

const databaseAway = failed("databaseAway", "PostgreSQL is away", "Database connection failed");

const unauthorized = answer(
  "No `Authorization` header, another scheme, a wrong secret, or a token without this scope.",
  [
    example(cronUnauthorizedSchema, "unauthorized", "The secret is missing or wrong", {
      error: "Unauthorized",
      status: 401,
    }),
  ],
  authenticate,
);

const noTargets = { total: 0, flushed: 0, failed: 0 };

const sync = {
  tags: ["Sync"],
  security: [{ cronSecret: [] }, { apiToken: ["sync"] }],
  parameters: [
    {
      name: "onConflict",
      in: "query",
      description:
        "What to answer while another sync is active: 409 without this parameter, 200 with `skip`, for hosts that raise an alarm on every other status.",
      schema: { enum: onConflictSchema.options },
      example: "skip",
    },
  ],
  responses: {
    200: answer(
      "The sync has ended. Targets that failed are no failure of the sync: they are listed, and their views are kept and tried again.",
      [
        example(syncFlushedSchema, "flushed", "Everything was flushed", {
          success: true,
          message: "Successfully flushed 145/145 Redis overlays",
          summary: { total: 145, flushed: 145, failed: 0 },
        }),
        example(syncFlushedSchema, "partly", "Some targets failed", {
          success: true,
          message: "Successfully flushed 143/145 Redis overlays",
          summary: { total: 145, flushed: 143, failed: 2 },
          errors: [
            { target: "forum_topic:12345", error: "Database connection timeout" },
            { target: "forum_topic:67890", error: "Invalid topic ID" },
          ],
        }),
        example(syncNothingSchema, "nothing", "Nothing was pending", {
          success: true,
          message: "No Redis overlays to flush",
          flushed: 0,
          summary: noTargets,
        }),
        example(
          syncSkippedSchema,
          "skipped",
          "With onConflict=skip, while another sync is active",
          {
            success: true,
            skipped: true,
            message: "A sync is already running",
            runId: "42",
            summary: noTargets,
          },
        ),
      ],
      runHeader(true),
    ),
    400: answer("`onConflict` has another value than `skip`.", [
      example(syncBadOptionSchema, "badOption", "A wrong option", {
        success: false,
        error: 'onConflict: the only value is "skip"',
        status: 400,
      }),
    ]),
    401: unauthorized,
    409: answer(
      "Another sync is active; no second was started.",
      [
        example(syncBusySchema, "busy", "A sync is active", {
          success: false,
          error: "A sync is already running",
          runId: "42",
          status: 409,
        }),
      ],
      {
        ...retryAfter("Seconds after which it is worth asking again."),
        Location: header(
          "The page of the active run in the dashboard.",
          { type: "string", pattern: "^\\/admin\\/runs\\/\\d+$" },
          "/admin/runs/42",
        ),
        ...runHeader(true),
      },
    ),
    500: answer(
      "Redis or PostgreSQL is away, or the sync could not continue. Pending views stay pending, and the next sync continues.",
      [failed("redisAway", "Redis is away", "Redis connection failed"), databaseAway],
      runHeader(false),
    ),
  },
};

const nothing = {
  success: true as const,
  message: "Nothing was past its retention",
  deleted: Object.fromEntries(cleanupKinds.map((kind) => [kind, 0])) as Record<CleanupKind, number>,
  removedViews: 0,
  more: false,
};

const cleanup = {
  tags: ["Cleanup"],
  security: [{ cronSecret: [] }, { apiToken: ["cleanup"] }],
  responses: {
    200: answer("Data past their retention are deleted, as far as time allowed.", [
      example(cleanupAnswerSchema, "deleted", "Something was past its retention", {
        ...nothing,
        message: "Deleted 12 rows past their retention",
        deleted: { ...nothing.deleted, runs: 12 },
      }),
      example(cleanupAnswerSchema, "nothing", "Nothing was past its retention", nothing),
    ]),
    401: unauthorized,
    500: answer(
      "PostgreSQL is away; or Redis is, and old topics are to be removed. What was deleted before is recorded in the audit log, and the next cleanup continues.",
      [databaseAway],
    ),
  },
};

/** The paths that crons call. */
export const cronPaths = {
  "/api/v1/forum/sync-views": {
    post: {
      ...sync,
      operationId: "syncViews",
      summary: "Move the pending views from Redis to PostgreSQL",
      description:
        "For a cron, every 5 to 15 minutes. The answer comes when the sync has ended; the caller may hang up before, and the sync continues. Only one sync runs at a time, and calling too often does no harm.",
    },
    get: {
      ...sync,
      operationId: "syncViewsByGet",
      summary: "Sync by GET, for crons that cannot send POST",
      description:
        "The crons of hosting platforms send GET. It does what POST does and answers the same. HEAD gets 405 and starts no sync.",
    },
  },
  "/api/v1/forum/cleanup": {
    post: {
      ...cleanup,
      operationId: "cleanUp",
      summary: "Delete what is past its retention",
      description:
        "For a cron, once a day. The retention of each kind is a setting of the deployment; topics are removed only where that is switched on. It may run during a sync, and twice at once.",
    },
    get: {
      ...cleanup,
      operationId: "cleanUpByGet",
      summary: "Clean up by GET, for crons that cannot send POST",
      description:
        "It does what POST does and answers the same. HEAD gets 405 and deletes nothing.",
    },
  },
};
