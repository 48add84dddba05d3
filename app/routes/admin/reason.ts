import { z } from "zod";
import type { ReasonRefusal } from "~/ui/field";

const reasonSchema = z
  .string()
  .trim()
  .min(3, "Say why, in at least 3 characters: it is kept in the audit log")
  .max(500, "Say it in at most 500 characters")
  // PostgreSQL's text cannot hold a NUL.
  .regex(/^[^\0]*$/, "Say it in letters: it holds a character that cannot be kept");

/**
 * The reason that everything that drops views needs. Its field is called `why`, because `reason` is a
 * filter of the failures, which comes with the same form.
 */
export function readReason(form: FormData): { reason: string } | ReasonRefusal {
  const given = form.get("why");
  const parsed = reasonSchema.safeParse(typeof given === "string" ? given : "");
  if (parsed.success) return { reason: parsed.data };
  const intent = form.get("intent");
  return {
    reasonErrors: parsed.error.issues.map((issue) => issue.message),
    intent: typeof intent === "string" ? intent : "",
  };
}
