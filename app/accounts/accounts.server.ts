import type pg from "pg";
import type { Environment } from "~/platform/environment.server";
import type { PrismaClient } from "~/platform/postgres.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { ApiTokens } from "./api-tokens.server";
import { AuditLog } from "./audit.server";
import { LoginLimits } from "./login-limits.server";
import { OpenIdSignIn } from "./openid-sign-in.server";
import { Sessions } from "./sessions.server";
import { PasswordSignIn } from "./password-sign-in.server";
import { Users } from "./users.server";
import { WalletSignIn } from "./wallet-sign-in.server";

/** The services that deal with users and API tokens. */
export function createAccounts({
  env,
  prisma,
  pool,
  redis,
  loginKeyPrefix: keyPrefix,
}: {
  env: Pick<
    Environment,
    | ("APP_ORIGIN" | "DAO_SLUG" | "SESSION_SECRET" | "WALLET_CHAIN_ID" | "WALLET_RPC_URL")
    | ("OIDC_ISSUER" | "OIDC_CLIENT_ID" | "OIDC_CLIENT_SECRET")
  >;
  prisma: PrismaClient;
  pool: pg.Pool;
  redis: RedisClient;
  loginKeyPrefix: string;
}) {
  const daoSlug = env.DAO_SLUG;
  const users = new Users({ prisma, daoSlug });
  const sessions = new Sessions({ prisma, daoSlug });
  const limits = new LoginLimits({ redis, keyPrefix, secret: env.SESSION_SECRET });
  const signIn = { users, sessions, limits };
  return {
    users,
    sessions,
    tokens: new ApiTokens({ prisma, pool, daoSlug }),
    audit: new AuditLog({ prisma, daoSlug }),
    passwordSignIn: new PasswordSignIn(signIn),
    /** Undefined where no issuer is configured. */
    openIdSignIn:
      env.OIDC_ISSUER === undefined
        ? undefined
        : new OpenIdSignIn({
            ...signIn,
            issuer: env.OIDC_ISSUER,
            clientId: env.OIDC_CLIENT_ID ?? "",
            clientSecret: env.OIDC_CLIENT_SECRET ?? "",
            redirectUri: `${env.APP_ORIGIN}/login/organisation`,
          }),
    walletSignIn: new WalletSignIn({
      ...signIn,
      redis,
      keyPrefix,
      origin: env.APP_ORIGIN,
      chain: { chainId: env.WALLET_CHAIN_ID, rpcUrl: env.WALLET_RPC_URL },
    }),
  };
}
