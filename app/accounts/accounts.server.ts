import type pg from "pg";
import type { Environment } from "~/platform/environment.server";
import type { PrismaClient } from "~/platform/postgres.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { ApiTokens } from "./api-tokens.server";
import { AuditLog } from "./audit.server";
import { LoginLimits } from "./login-limits.server";
import { Sessions } from "./sessions.server";
import { SignIn } from "./sign-in.server";
import { Users } from "./users.server";

/** The part of the services that knows people and the tokens of programs. */
export function createAccounts({
  env,
  prisma,
  pool,
  redis,
  loginKeyPrefix,
}: {
  env: Pick<Environment, "DAO_SLUG" | "SESSION_SECRET">;
  prisma: PrismaClient;
  pool: pg.Pool;
  redis: RedisClient;
  loginKeyPrefix: string;
}) {
  const daoSlug = env.DAO_SLUG;
  const users = new Users({ prisma, daoSlug });
  const sessions = new Sessions({ prisma, daoSlug });
  const limits = new LoginLimits({
    redis,
    keyPrefix: loginKeyPrefix,
    secret: env.SESSION_SECRET,
  });
  return {
    users,
    sessions,
    tokens: new ApiTokens({ prisma, pool, daoSlug }),
    audit: new AuditLog({ prisma, daoSlug }),
    signIn: new SignIn({ users, sessions, limits }),
  };
}
