/** Everything that the audit log knows, with what each entry tells beside who, when and which run. */
import { z } from "zod";
import { deletedSchema } from "~/retention/cleanup-answer";
import { roleSchema } from "./credentials";

const nothing = z.object({});
const user = z.object({ email: z.string() });
/** `targets` and `views` as they were when it was asked for; without `targets`, everything pending. */
const chosen = z.object({ targets: z.number().optional(), views: z.number().optional() });

export const auditDetails = {
  "sign-in": nothing,
  "sign-out-everywhere": nothing,
  "user-create": user.extend({ role: roleSchema }),
  "user-disable": user,
  "user-enable": user,
  "role-change": user.extend({ from: roleSchema, to: roleSchema }),
  "password-change": user,
  flush: chosen,
  retry: chosen,
  discard: z.object({
    discard: z.string(),
    views: z.number(),
    targets: z.number(),
    reason: z.string(),
  }),
  /** What became of the overlay after Redis had lost a batch. */
  regression: z.object({
    decision: z.enum(["keep", "discard"]),
    views: z.number().optional(),
    reason: z.string().optional(),
  }),
  /** Rows of each kind that was deleted, and the views that went with topics. */
  cleanup: deletedSchema.extend({ removedViews: z.number() }).partial(),
};

export type AuditAction = keyof typeof auditDetails;
export type AuditDetails<Action extends AuditAction> = z.input<(typeof auditDetails)[Action]>;

export const AUDIT_ACTIONS = Object.keys(auditDetails) as AuditAction[];

export function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditDetails, text);
}
