import { z } from "zod";
import type { RefusedForm } from "~/ui/refused-form";

const reasonSchema = z
  .string()
  .trim()
  .min(3, "Say why, in at least 3 characters: it is kept in the audit log")
  .max(500, "Say it in at most 500 characters")
  // PostgreSQL's text cannot hold a NUL.
  .regex(/^[^\0]*$/, "Leave out the special character: it cannot be stored");

/**
 * The reason, which every action that drops views requires. Its field is called `why`, because `reason` is a
 * filter of the failures in the same form.
 */
export function readReason(form: FormData): { reason: string } | RefusedForm {
  const given = form.get("why");
  const parsed = reasonSchema.safeParse(typeof given === "string" ? given : "");
  if (parsed.success) return { reason: parsed.data };
  return {
    initialValue: { intent: form.get("intent") },
    error: { why: parsed.error.issues.map((issue) => issue.message) },
  };
}
