import { z } from "zod";
import type { AuditEntry as Row } from "~/generated/prisma/client";
import { containsPattern } from "~/lib/like-pattern";
import type { AuditParams } from "~/lists/list-search";
import { isWithin } from "~/lists/moments";
import { pageInfo } from "~/lists/paging";
import type { PrismaClient } from "~/platform/postgres.server";
import { API_SCOPES } from "./api-scopes";
import { roleSchema } from "./credentials.server";

const nothing = z.object({});
/** `email` holds a wallet's address for users who have no e-mail address. */
const user = z.object({ email: z.string() });
/** The views of each target; older entries have sums alone. */
const ofTargets = z.record(z.string(), z.number()).optional();
/** Older entries, too, say how much was chosen; without `targets` it was everything pending. */
const chosen = z.object({ targets: z.number().optional(), views: z.number().optional() });

/** Every action in the audit log, with the details of its entries beside who, when and which run. */
export const auditDetails = {
  "sign-in": nothing,
  "sign-out-everywhere": nothing,
  "user-create": user.extend({ role: roleSchema }),
  "user-disable": user,
  "user-enable": user,
  "role-change": user.extend({ from: roleSchema, to: roleSchema }),
  "password-change": user,
  "identity-add": user.extend({ identity: z.string() }),
  "identity-remove": user.extend({ identity: z.string() }),
  "token-create": z.object({ name: z.string(), scopes: z.array(z.enum(API_SCOPES)) }),
  "token-revoke": z.object({ name: z.string() }),
  flush: chosen,
  retry: chosen.extend({ retried: ofTargets }),
  "run-stop": nothing,
  discard: z.object({
    views: z.number(),
    targets: z.number(),
    reason: z.string(),
    discarded: ofTargets,
  }),
  "views-taken-off": z.object({ topic: z.string(), views: z.number(), reason: z.string() }),
  /** What was decided about the overlay after Redis had lost a batch. */
  regression: z.object({
    decision: z.enum(["keep", "discard"]),
    views: z.number().optional(),
    reason: z.string().optional(),
  }),
  /** Deleted rows of each kind, and as `removedViews` the views of the topics that were removed. */
  cleanup: z.record(z.string(), z.number()),
};

export type AuditAction = keyof typeof auditDetails;
export type AuditDetails<Action extends AuditAction> = z.input<(typeof auditDetails)[Action]>;

export const AUDIT_ACTIONS = Object.keys(auditDetails) as AuditAction[];

export function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(auditDetails, text);
}

/**
 * Who did what in this DAO. A statement that changes an account or discards views writes the entry itself
 * (see users.server.ts, sessions.server.ts and repairs.server.ts).
 */
export class AuditLog {
  constructor(private readonly dependencies: { prisma: PrismaClient; daoSlug: string }) {}

  /** `details` holds counts and names, never secrets. @throws DependencyError */
  async record<Action extends AuditAction>(entry: {
    /** The address, of e-mail or a wallet, with which the person signed in. */
    actor: string;
    action: Action;
    runId?: string | undefined;
    details: AuditDetails<Action>;
  }): Promise<void> {
    const { prisma, daoSlug: dao_slug } = this.dependencies;
    const { runId, ...rest } = entry;
    const run_id = runId === undefined ? null : BigInt(runId);
    await prisma.auditEntry.create({ data: { dao_slug, run_id, ...rest } });
  }

  /**
   * One page, newest first, with its place in the list. `page` counts from 1; one after the last page gives
   * the last.
   * @throws DependencyError
   */
  async list(filter: AuditFilter & { page: number; pageSize: number }) {
    const counting = `SELECT count(*)::int AS count FROM audit_log WHERE ${matches}`;
    const [row] = await this.#read<{ count: number }>(counting, filter);
    const page = pageInfo(row!.count, filter);
    const entries = await this.#read<AuditEntry>(
      `SELECT ${columns} FROM audit_log WHERE ${matches}
       ORDER BY id DESC LIMIT $8::int OFFSET $9::int`,
      filter,
      MOST_SHOWN,
      page.pageSize,
      page.offset,
    );
    return { entries, page };
  }

  /** Everything that matches, in the same order. @throws DependencyError */
  async *all(filter: AuditFilter): AsyncGenerator<AuditEntry[]> {
    for (let before = LAST_ID; ;) {
      const page = await this.#read<AuditEntry>(
        `SELECT ${columns} FROM audit_log WHERE ${matches} AND id < $8::bigint
         ORDER BY id DESC LIMIT ${STEP}`,
        filter,
        MOST_NAMED,
        before,
      );
      if (page.length > 0) yield page;
      if (page.length < STEP) return;
      before = page.at(-1)!.id;
    }
  }

  #read<Found>(text: string, filter: AuditFilter, ...more: unknown[]) {
    const { prisma, daoSlug } = this.dependencies;
    const { action = "all", actor = "", names = [], from = "", to = "" } = filter;
    const pattern = actor === "" ? "" : containsPattern(actor);
    const values = [daoSlug, action, pattern, names, from, to, ...more];
    return prisma.$queryRawUnsafe<Found[]>(text, ...values);
  }
}

/** The most targets that an entry lists, on a page and in a download: it can be about a hundred thousand. */
const MOST_SHOWN = 10;
const MOST_NAMED = 1_000;
/** Entries of a download that are read at a time. */
const STEP = 200;
const LAST_ID = 9_223_372_036_854_775_807n;

/** $1 dao, $2 action, $3 pattern of the actor, $4 names of topics and targets, $5 and $6 when. */
const matches = `dao_slug = $1 AND ($2 = 'all' OR action = $2) AND ($3 = '' OR actor ILIKE $3)
  AND (cardinality($4::text[]) = 0 OR details->>'topic' = ANY($4)
    OR details->'discarded' ?| $4 OR details->'retried' ?| $4)
  AND ${isWithin("created_at", "$5", "$6")}`;

/** $4 the searched targets, which are listed first, $7 targets listed in each entry. */
const columns = `id, created_at, actor, action, run_id, EXISTS (
    SELECT FROM sync_runs WHERE sync_runs.dao_slug = audit_log.dao_slug AND sync_runs.id = run_id
  ) AS is_run_kept, details || COALESCE((
    SELECT jsonb_object_agg(field, named)
    FROM unnest(ARRAY['discarded', 'retried']) AS fields(field) CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(key, value) AS named FROM (
        SELECT key, value FROM jsonb_each(
          CASE WHEN jsonb_typeof(details->field) = 'object' THEN details->field END
        ) ORDER BY key = ANY($4) DESC, key LIMIT $7::int
      ) AS first
    ) AS cut WHERE named IS NOT NULL
  ), '{}') AS details`;

export interface AuditEntry extends Omit<Row, "dao_slug"> {
  /** Whether the run still has a page: runs are deleted before the entries that name them. */
  is_run_kept: boolean;
}

export interface AuditFilter extends Partial<
  Pick<AuditParams, "actor" | "action" | "from" | "to">
> {
  /** Entries about any of these: ids of topics, and names of targets. */
  names?: string[];
}
