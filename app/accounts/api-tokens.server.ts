import { randomBytes } from "node:crypto";
import type pg from "pg";
import { z } from "zod";
import type { ApiToken } from "~/generated/prisma/client";
import { addDays } from "~/lib/utc-days";
import { runStatement, type PrismaClient } from "~/platform/postgres.server";
import { API_SCOPES, type ApiScope } from "./api-scopes";
import { tokenDigest } from "./sessions.server";

/** Shows people and secret scanners what it is, and tells it from other bearer secrets before a lookup. */
const PREFIX = "fvt_";
/** Its secret part: 32 random bytes in base64url. */
const tokenPattern = /^fvt_[\w-]{43}$/;

export const tokenNameSchema = z
  .string({ error: "Enter a name" })
  .trim()
  .min(1, "Enter a name")
  .max(100, "A name has at most 100 characters")
  .regex(/^\P{Cc}*$/u, "A name has no control characters");

const scopesText = `Choose at least one scope: ${API_SCOPES.join(", ")}`;
export const tokenScopesSchema = z
  .array(z.enum(API_SCOPES, { error: scopesText }), { error: scopesText })
  .min(1, scopesText)
  .transform((scopes) => API_SCOPES.filter((scope) => scopes.includes(scope)));

/** The last day on which the token is valid, in UTC, such as `2026-11-30`; the empty text for no end. */
export const tokenLastDaySchema = z
  .union([z.literal(""), z.iso.date()], { error: "Enter a day such as 2027-01-31" })
  .optional()
  .transform((day) => (day ? new Date(addDays(day, 1)) : undefined))
  .refine((end) => end === undefined || end > new Date(), "The last day is over");

export interface NewToken {
  name: string;
  scopes: ApiScope[];
  /** Undefined for one without an end. */
  expiresAt: Date | undefined;
}

/**
 * $1 digest, $2 dao. One statement, because it runs for every view that a forum's server counts. The time of
 * use is recorded once a minute, by one request: the others skip the locked row and do not wait.
 */
const findToken = `
WITH stale AS (
  SELECT id FROM api_tokens
  WHERE token_digest = $1 AND dao_slug = $2
    AND COALESCE(last_used_at < clock_timestamp() - interval '1 minute', true)
  FOR NO KEY UPDATE SKIP LOCKED
), used AS (
  UPDATE api_tokens SET last_used_at = clock_timestamp() FROM stale
  WHERE api_tokens.id = stale.id AND revoked_at IS NULL
    AND COALESCE(expires_at > clock_timestamp(), true)
)
SELECT name, scopes FROM api_tokens
WHERE token_digest = $1 AND dao_slug = $2 AND revoked_at IS NULL
  AND COALESCE(expires_at > clock_timestamp(), true)`;

/** API tokens of one DAO. @throws DependencyError, like everything here */
export class ApiTokens {
  constructor(
    private readonly dependencies: { prisma: PrismaClient; pool: pg.Pool; daoSlug: string },
  ) {}

  /** Returns the token, which is stored nowhere. */
  async create(actor: string, { name, scopes, expiresAt }: NewToken): Promise<string> {
    const token = PREFIX + randomBytes(32).toString("base64url");
    const { prisma, daoSlug: dao_slug } = this.dependencies;
    await prisma.$transaction([
      prisma.apiToken.create({
        data: {
          ...{ dao_slug, name, scopes, created_by: actor },
          token_digest: tokenDigest(token),
          expires_at: expiresAt ?? null,
        },
      }),
      prisma.auditEntry.create({
        data: { dao_slug, actor, action: "token-create", details: { name, scopes } },
      }),
    ]);
    return token;
  }

  /** Newest first, without their digests. */
  list() {
    const { prisma, daoSlug: dao_slug } = this.dependencies;
    return prisma.apiToken.findMany({
      where: { dao_slug },
      omit: { token_digest: true, dao_slug: true },
      orderBy: { created_at: "desc" },
    });
  }

  /** Takes effect at the next request. The name, or undefined when there was nothing to revoke. */
  async revoke(actor: string, id: string): Promise<string | undefined> {
    const { prisma, daoSlug } = this.dependencies;
    const [revoked] = await prisma.$queryRaw<Array<{ name: string }>>`
        WITH revoked AS (
          UPDATE api_tokens SET revoked_at = clock_timestamp()
          WHERE id = ${id}::uuid AND dao_slug = ${daoSlug} AND revoked_at IS NULL
          RETURNING name
        ), noted AS (
          INSERT INTO audit_log (dao_slug, actor, action, details)
          SELECT ${daoSlug}, ${actor}, 'token-revoke', jsonb_build_object('name', name)
          FROM revoked
        )
        SELECT name FROM revoked`;
    return revoked?.name;
  }

  /**
   * Undefined for anything that is no valid token of this DAO, or has ended or is revoked. A token is found
   * by its digest, so the time of the search tells nothing about tokens that resemble the given text.
   */
  async find(token: string) {
    if (!tokenPattern.test(token)) return undefined;
    const { pool, daoSlug } = this.dependencies;
    const values = [tokenDigest(token), daoSlug];
    const [found] = await runStatement<Pick<ApiToken, "name" | "scopes">>(pool, findToken, values);
    return found;
  }
}

/** Whether a URL contains a token: any log on its way may have kept it. */
export function hasTokenIn(url: string): boolean {
  return /fvt_[\w-]{43}/.test(url);
}
