/**
 * What the API takes and answers. The code that answers infers its types from these schemas, and the OpenAPI
 * document is made from them. Answers are not parsed at run time; a contract test compares them.
 */
import { z } from "zod";
import { cleanupAnswerSchema } from "~/retention/cleanup-answer";
import type { FieldProblem } from "~/lib/field-problems";
import { normaliseAddress } from "~/lib/network-address";
import { topicViewsSchema } from "~/counting/topic-views.server";

/** The largest body, in bytes, of a request to count a view. */
export const LARGEST_VIEW_BODY = 4 * 1_024;

/** The largest number of topics that can be read at once. */
export const MOST_TOPICS = 200;

/** Every body in JSON, by its name in the OpenAPI document. */
export const namedBodies = z.registry<{ id: string }>();

const count = z.int().min(0);
const failed = z.literal(false);
const succeeded = z.literal(true);
const runId = z.string().regex(/^\d+$/).describe("The run, as the dashboard shows it");

const fieldProblemSchema = z.object({
  field: z
    .string()
    .describe("What is wrong: a path or query parameter, a field of the body, or `body`"),
  message: z.string(),
}) satisfies z.ZodType<FieldProblem>;

/** The error body of every endpoint but the sync and the cleanup. */
export const apiErrorSchema = z
  .object({
    error: z.object({
      code: z
        .enum([
          "bad_request",
          "invalid_request",
          "unauthorized",
          "forbidden",
          "origin_not_allowed",
          "not_found",
          "method_not_allowed",
          "body_too_large",
          "rate_limited",
          "internal_error",
          "redis_unavailable",
          "database_unavailable",
        ])
        .describe("For programs; it does not change"),
      message: z.string().describe("For people"),
      details: z.array(fieldProblemSchema).optional().describe("Each field that is wrong"),
    }),
  })
  .describe("Why a request was refused or could not be served")
  .register(namedBodies, { id: "ApiError" });

export type ApiErrorBody = z.infer<typeof apiErrorSchema>;

/** A page where no wallet is connected sends null; a form sends the empty text. */
const addressSchema = z
  .string("must be a string")
  .regex(/^(?:0x[0-9a-fA-F]{40})?$/, "must be 0x and 40 hex digits")
  .nullish();

const MOST_USER_AGENT = 1_000;

export const viewRequestSchema = z
  .looseObject(
    {
      address: addressSchema.describe("The viewer's wallet, if the page knows it"),
      ip: z
        .string("must be a string")
        .refine((text) => !text || normaliseAddress(text) !== undefined, "must be an IP address")
        .nullish()
        .describe("The visitor's IP address, from a caller with an API token only"),
      userAgent: z
        .string("must be a string")
        .max(MOST_USER_AGENT, `must have at most ${MOST_USER_AGENT} characters`)
        .nullish()
        .describe("The visitor's user agent, from a caller with an API token only"),
    },
    "must be an object",
  )
  .describe("Who looked. A page may leave out everything; other fields are ignored")
  .register(namedBodies, { id: "ViewRequest" });

export type ViewRequest = Pick<z.infer<typeof viewRequestSchema>, "address" | "ip" | "userAgent">;

export const viewCountedSchema = z
  .object({ counted: z.literal(true) })
  .describe("A view that was counted")
  .register(namedBodies, { id: "ViewCounted" });

export const viewNotCountedSchema = z
  .object({
    counted: z.literal(false),
    reason: z
      .enum(["duplicate", "network", "bot", "prefetch"])
      .describe(
        "`duplicate`: this viewer has counted for this topic already; `network`: the cap of the viewer's network is reached; `prefetch`: the browser loads a page that nobody has opened yet",
      ),
  })
  .describe("A view that was not counted, which is no error")
  .register(namedBodies, { id: "ViewNotCounted" });

export type ViewAnswer = z.infer<typeof viewCountedSchema | typeof viewNotCountedSchema>;

export type NotCountedReason = z.infer<typeof viewNotCountedSchema>["reason"];

namedBodies.add(topicViewsSchema, { id: "TopicViews" });
namedBodies.add(cleanupAnswerSchema, { id: "CleanedUp" });

export const manyTopicViewsSchema = z
  .object({ topics: z.array(topicViewsSchema).describe("In the order asked for") })
  .describe("The views of many topics")
  .register(namedBodies, { id: "ManyTopicViews" });

export type ManyTopicViews = z.infer<typeof manyTopicViewsSchema>;

/** `skip` is for hosts that page somebody on every answer but 2xx: an active sync is no fault. */
export const onConflictSchema = z.enum(["skip"]);

const summarySchema = z.object({
  total: count.describe("Targets processed"),
  flushed: count.describe("Targets whose views are in PostgreSQL now"),
  failed: count.describe(
    "Targets that could not be flushed; their views are kept, and tried again",
  ),
});

const targetErrorSchema = z.object({
  target: z.string().describe("`targetType:targetId`"),
  error: z.string(),
});

export const syncFlushedSchema = z
  .object({
    success: succeeded,
    message: z.string(),
    summary: summarySchema,
    errors: z
      .array(targetErrorSchema)
      .min(1)
      .max(1_000)
      .optional()
      .describe("Only when targets failed; the run's page in the dashboard has all of them"),
  })
  .describe("A sync that had something to flush")
  .register(namedBodies, { id: "SyncFlushed" });

export const syncNothingSchema = z
  .object({
    success: succeeded,
    message: z.literal("No Redis overlays to flush"),
    flushed: z.literal(0),
    summary: summarySchema,
  })
  .describe("A sync that had nothing to flush")
  .register(namedBodies, { id: "SyncNothing" });

export const syncSkippedSchema = z
  .object({
    success: succeeded,
    skipped: z.literal(true),
    message: z.string(),
    runId,
    summary: summarySchema,
  })
  .describe("With `onConflict=skip`: another sync is active, and no second was started")
  .register(namedBodies, { id: "SyncSkipped" });

export const syncBusySchema = z
  .object({ success: failed, error: z.string(), runId, status: z.literal(409) })
  .describe("Another sync is active")
  .register(namedBodies, { id: "SyncBusy" });

export const syncBadOptionSchema = z
  .object({ success: failed, error: z.string(), status: z.literal(400) })
  .describe("A query parameter has a value that it can't have")
  .register(namedBodies, { id: "SyncBadOption" });

export const cronUnauthorizedSchema = z
  .object({ error: z.literal("Unauthorized"), status: z.literal(401) })
  .describe("The cron secret is missing or wrong")
  .register(namedBodies, { id: "CronUnauthorized" });

export const cronFailedSchema = z
  .object({
    success: failed,
    error: z.string().describe("In plain words; the log has the details"),
    timestamp: z.iso.datetime(),
    status: z.literal(500),
  })
  .describe(
    "A sync or a cleanup that could not do its work; nothing is lost, and the next one continues",
  )
  .register(namedBodies, { id: "CronFailed" });

/** Any answer to a cron. */
export type CronBody = z.infer<
  | typeof syncFlushedSchema
  | typeof syncNothingSchema
  | typeof syncSkippedSchema
  | typeof syncBusySchema
  | typeof syncBadOptionSchema
  | typeof cronUnauthorizedSchema
  | typeof cronFailedSchema
  | typeof cleanupAnswerSchema
>;

export const livenessSchema = z
  .object({ status: z.literal("ok") })
  .describe("The process answers")
  .register(namedBodies, { id: "Liveness" });

const checkSchema = z.enum(["ok", "unavailable"]);

export const readinessSchema = z
  .object({
    status: z.enum(["ready", "unavailable"]),
    checks: z.object({ postgres: checkSchema, redis: checkSchema }),
    warnings: z.array(z.string()).describe("Settings of Redis under which views can be lost"),
  })
  .describe("Whether PostgreSQL and Redis answer, each within a second")
  .register(namedBodies, { id: "Readiness" });

export type LivenessBody = z.infer<typeof livenessSchema>;
export type ReadinessBody = z.infer<typeof readinessSchema>;
