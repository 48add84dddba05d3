import { z } from "zod";
import type { Prisma } from "~/generated/prisma/client";
import { pageInfo } from "~/lists/paging";
import type { PrismaClient } from "~/platform/postgres.server";
import { API_SCOPES } from "./api-scopes";
import { roleSchema } from "./credentials.server";

const nothing = z.object({});
const user = z.object({ email: z.string() });
/** Of older entries too: how much was chosen; without `targets`, everything pending. */
const chosen = z.object({ targets: z.number().optional(), views: z.number().optional() });

/** Every action that the audit log knows, with what its entry tells beside who, when and which run. */
export const auditDetails = {
  "sign-in": nothing,
  "sign-out-everywhere": nothing,
  "user-create": user.extend({ role: roleSchema }),
  "user-disable": user,
  "user-enable": user,
  "role-change": user.extend({ from: roleSchema, to: roleSchema }),
  "password-change": user,
  "token-create": z.object({ name: z.string(), scopes: z.array(z.enum(API_SCOPES)) }),
  "token-revoke": z.object({ name: z.string() }),
  flush: chosen,
  retry: chosen,
  discard: z.object({
    views: z.number(),
    targets: z.number(),
    reason: z.string(),
    /** The views of each target; older entries have sums alone. */
    discarded: z.record(z.string(), z.number()).optional(),
  }),
  "views-taken-off": z.object({ topic: z.string(), views: z.number(), reason: z.string() }),
  /** What became of the overlay after Redis had lost a batch. */
  regression: z.object({
    decision: z.enum(["keep", "discard"]),
    views: z.number().optional(),
    reason: z.string().optional(),
  }),
  /** Rows of each kind that was deleted, and as `removedViews` the views that went with topics. */
  cleanup: z.record(z.string(), z.number()),
};

export type AuditAction = keyof typeof auditDetails;
export type AuditDetails<Action extends AuditAction> = z.input<(typeof auditDetails)[Action]>;

export const AUDIT_ACTIONS = Object.keys(auditDetails) as AuditAction[];

export function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditDetails, text);
}

/**
 * Who did what in this DAO. What changes an account is written by the very statement that makes the
 * change (see users.server.ts, sessions.server.ts), and a discard by its booking.
 */
export class AuditLog {
  readonly #prisma: PrismaClient;
  readonly #daoSlug: string;

  constructor(dependencies: { prisma: PrismaClient; daoSlug: string }) {
    this.#prisma = dependencies.prisma;
    this.#daoSlug = dependencies.daoSlug;
  }

  /** `details` holds counts and names, never secrets. @throws DependencyError */
  async record<Action extends AuditAction>(entry: {
    /** The e-mail address of whoever did it. */
    actor: string;
    action: Action;
    runId?: string | undefined;
    details: AuditDetails<Action>;
  }): Promise<void> {
    const { runId, ...rest } = entry;
    const run_id = runId === undefined ? null : BigInt(runId);
    await this.#prisma.auditEntry.create({ data: { dao_slug: this.#daoSlug, run_id, ...rest } });
  }

  /**
   * One page, newest first, and where it stands. `actor` is a part of an e-mail address; `page` counts
   * from 1, and one behind the last is the last. @throws DependencyError
   */
  async list(filter: {
    actor?: string | undefined;
    action?: string | undefined;
    page: number;
    pageSize: number;
  }) {
    const where: Prisma.AuditEntryWhereInput = { dao_slug: this.#daoSlug };
    if (filter.action !== undefined) where.action = filter.action;
    if (filter.actor !== undefined) {
      // Prisma hands the text to LIKE as it is.
      const contains = filter.actor.replace(/[\\%_]/g, "\\$&");
      where.actor = { contains, mode: "insensitive" };
    }
    const page = pageInfo(await this.#prisma.auditEntry.count({ where }), filter);
    const entries = await this.#prisma.auditEntry.findMany({
      where,
      orderBy: { id: "desc" },
      skip: page.offset,
      take: page.pageSize,
    });
    return { entries, page };
  }
}

export type AuditEntry = Awaited<ReturnType<AuditLog["list"]>>["entries"][number];
export type AuditFilter = Parameters<AuditLog["list"]>[0];
