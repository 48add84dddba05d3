import { z } from "zod";

const count = z.int().nonnegative();

/** Deleted rows of each kind, in the order in which a cleanup deletes them. */
export const deletedSchema = z.object({
  runErrors: count,
  runs: count,
  auditEntries: count,
  alerts: count,
  sessions: count,
  dailyRows: count,
  topics: count,
});
export type CleanupKind = keyof z.infer<typeof deletedSchema>;
export const cleanupKinds = Object.keys(deletedSchema.shape) as CleanupKind[];

/** What `POST /api/v1/forum/cleanup` answers with 200. */
export const cleanupAnswerSchema = z.object({
  success: z.literal(true),
  message: z.string(),
  deleted: deletedSchema,
  /** Persisted views of the topics that were removed. */
  removedViews: count,
  /** The time was over before the end; the next cleanup goes on. */
  more: z.boolean(),
});

export type CleanupAnswer = z.infer<typeof cleanupAnswerSchema>;
