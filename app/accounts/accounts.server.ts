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
import { createSignatureCheck } from "./wallet-signature.server";

/** The services that deal with users and API tokens. */
export function createAccounts({
  env,
  prisma,
  pool,
  redis,
  loginKeyPrefix,
}: {
  env: Pick<
    Environment,
    "APP_ORIGIN" | "DAO_SLUG" | "SESSION_SECRET" | "WALLET_CHAIN_ID" | "WALLET_RPC_URL"
  > &
    Partial<Pick<Environment, "OIDC_ISSUER" | "OIDC_CLIENT_ID" | "OIDC_CLIENT_SECRET">>;
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
  const openId = env.OIDC_ISSUER !== undefined && {
    issuer: env.OIDC_ISSUER,
    clientId: env.OIDC_CLIENT_ID ?? "",
    clientSecret: env.OIDC_CLIENT_SECRET ?? "",
    redirectUri: `${env.APP_ORIGIN}/login/organisation`,
  };
  return {
    users,
    sessions,
    tokens: new ApiTokens({ prisma, pool, daoSlug }),
    audit: new AuditLog({ prisma, daoSlug }),
    passwordSignIn: new PasswordSignIn({ users, sessions, limits }),
    /** Undefined where no issuer is configured. */
    openIdSignIn: openId ? new OpenIdSignIn({ users, sessions, limits, ...openId }) : undefined,
    walletSignIn: new WalletSignIn({
      ...{ users, sessions, limits, redis },
      keyPrefix: loginKeyPrefix,
      origin: env.APP_ORIGIN,
      chainId: env.WALLET_CHAIN_ID,
      checkSignature: createSignatureCheck({
        rpcUrl: env.WALLET_RPC_URL,
        chainId: env.WALLET_CHAIN_ID,
      }),
    }),
  };
}
