import type { AppLoadContext } from "@remix-run/node";
import { connectDatabase } from "~/platform/postgres.server";
import { createLogger } from "~/platform/logger.server";
import { createAccounts } from "~/accounts/accounts.server";
import type { UserRole } from "~/accounts/rights";
import type { Environment } from "~/platform/environment.server";
import type { ProvenUser } from "~/accounts/sessions.server";
import { createCookies } from "~/server/cookies.server";
import { viewKeys } from "~/sync/redis/view-keys";
import { connectRedis } from "~/platform/redis.server";
import type { Services } from "~/services.server";
import { redisReady } from "./redis-ready";

export const testOrigin = "http://forum.test";
export const testSecret = "a-secret-of-the-tests-long-enough";
export const testPassword = "correct horse battery";

/** As if the user's password had just been verified. */
export function proven(user: {
  id: string;
  email: string | null;
  password_hash: string | null;
}): ProvenUser {
  return { id: user.id, name: user.email ?? "", by: { passwordHash: user.password_hash ?? "" } };
}

export type AccountsProcess = Awaited<ReturnType<typeof startAccounts>>;

/** Stands for another process, as far as accounts are concerned: own connections, own instances. */
export async function startAccounts({
  databaseUrl,
  redisUrl,
  daoSlug,
  env: moreEnv = {},
}: {
  databaseUrl: string;
  redisUrl: string;
  daoSlug: string;
  env?: Partial<
    Pick<
      Environment,
      "WALLET_CHAIN_ID" | "WALLET_RPC_URL" | "OIDC_ISSUER" | "OIDC_CLIENT_ID" | "OIDC_CLIENT_SECRET"
    >
  >;
}) {
  const logger = createLogger("silent");
  const database = connectDatabase({ url: databaseUrl, poolSize: 5, logger });
  const redis = connectRedis({
    url: redisUrl,
    name: "test",
    commandTimeout: 800,
    logger,
  });
  await redisReady(redis);
  const env = {
    APP_ORIGIN: testOrigin,
    DAO_SLUG: daoSlug,
    SESSION_SECRET: testSecret,
    WALLET_CHAIN_ID: 1,
    ...moreEnv,
  };
  const loginKeyPrefix = viewKeys(daoSlug).loginPrefix;
  const accounts = {
    ...createAccounts({ env, ...database, redis, loginKeyPrefix }),
    cookies: createCookies(env),
  };
  const context: AppLoadContext = {
    services: { ...accounts, env, logger } as unknown as Services,
    clientIp: "203.0.113.7",
    cspNonce: "",
  };
  return {
    ...accounts,
    context,
    database,
    redis,
    /** Creates a user with the tests' password. */
    async add(email: string, role: UserRole = "operator") {
      const user = { email, role, password: testPassword };
      if (!(await accounts.users.create("tests", user))) throw new Error(`${email} exists`);
      return user;
    },
    /** Signs in with the tests' password; returns the session's token. */
    async signIn(email: string, replacedToken?: string) {
      const attempt = { email, password: testPassword, ip: "203.0.113.7", replacedToken };
      const result = await accounts.passwordSignIn.signIn(attempt);
      if (result.kind !== "signed-in") throw new Error(`${email}: ${result.kind}`);
      return result.token;
    },
    async idOf(email: string) {
      const user = await accounts.users.findByEmail(email);
      if (!user) throw new Error(`There is no ${email}`);
      return user.id;
    },
    /** The `Cookie` header of a browser that has this session. */
    async cookie(token: string) {
      return (await accounts.cookies.session.serialize(token)).split(";")[0] ?? "";
    },
    async close() {
      redis.disconnect();
      await database.close();
    },
  };
}
