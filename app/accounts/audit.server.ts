import { onDatabase } from "~/platform/dependency-error.server";
import type { Prisma, PrismaClient } from "~/generated/prisma/client";
import { pageInfo, type PageInfo } from "~/lists/paging";
import type { AuditAction, AuditDetails } from "./audit-actions";

export interface AuditRecord<Action extends AuditAction> {
  /** The e-mail address of whoever did it. */
  actor: string;
  action: Action;
  runId?: string | undefined;
  /** Counts and names, never secrets. */
  details: AuditDetails<Action>;
}

export interface AuditFilter {
  /** A part of the actor's e-mail address. */
  actor?: string | undefined;
  action?: string | undefined;
  /** From 1; a page behind the last one is the last one. */
  page: number;
  pageSize: number;
}

export interface AuditEntry {
  id: string;
  actor: string;
  action: string;
  runId: string | undefined;
  details: Prisma.JsonValue;
  at: Date;
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

  /** @throws DependencyError */
  async record<Action extends AuditAction>(entry: AuditRecord<Action>): Promise<void> {
    const { actor, action, runId, details } = entry;
    const data = {
      dao_slug: this.#daoSlug,
      actor,
      action,
      run_id: runId === undefined ? null : BigInt(runId),
      details,
    };
    await onDatabase(() => this.#prisma.auditEntry.create({ data }));
  }

  /** One page, newest first, and where it stands. @throws DependencyError */
  async list(filter: AuditFilter): Promise<{ entries: AuditEntry[]; page: PageInfo }> {
    const where: Prisma.AuditEntryWhereInput = { dao_slug: this.#daoSlug };
    if (filter.action !== undefined) where.action = filter.action;
    if (filter.actor !== undefined) {
      where.actor = { contains: withoutWildcards(filter.actor), mode: "insensitive" };
    }
    return onDatabase(async () => {
      const page = pageInfo(await this.#prisma.auditEntry.count({ where }), filter);
      const rows = await this.#prisma.auditEntry.findMany({
        where,
        orderBy: { id: "desc" },
        skip: page.offset,
        take: page.pageSize,
      });
      const entries = rows.map(({ id, actor, action, run_id, details, created_at }) => ({
        id: String(id),
        actor,
        action,
        runId: run_id === null ? undefined : String(run_id),
        details,
        at: created_at,
      }));
      return { entries, page };
    });
  }
}

/** Prisma hands the text to LIKE as it is. */
function withoutWildcards(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
