import { randomBytes } from "node:crypto";
import type { BrowserContextOptions } from "playwright/test";
import type { UserRole } from "~/accounts/rights";
import { startAccounts, testPassword } from "./accounts";
import { testDaoSlug } from "./dao-slug";

export type StorageState = Exclude<BrowserContextOptions["storageState"], string | undefined>;

/** Created once for all tests. A test that changes a user, or ends a session, creates a user of its own. */
export const usersOfTests = {
  admin: "admin@forum.test",
  maintainer: "maintainer@forum.test",
  operator: "operator@forum.test",
} as const;

export type People = Awaited<ReturnType<typeof meetPeople>>;

/** Users, and browsers that are signed in as them without having been at the sign-in page. */
export async function meetPeople(servers: { databaseUrl: string; redisUrl: string }) {
  const accounts = await startAccounts({ ...servers, daoSlug: testDaoSlug() });
  const signIn = async (email: string): Promise<StorageState> =>
    stateWith(await accounts.cookie(await accounts.signIn(email)));
  return {
    accounts,
    /** The sessions of `usersOfTests`. */
    sessions: {
      admin: await signIn(usersOfTests.admin),
      maintainer: await signIn(usersOfTests.maintainer),
      operator: await signIn(usersOfTests.operator),
    },
    async add(role: UserRole) {
      const email = `${role}-${randomBytes(4).toString("hex")}@forum.test`;
      await accounts.add(email, role);
      return { email, password: testPassword };
    },
    signIn,
  };
}

/** Browsers keep cookies by host, whatever the port: one session fits every site of the tests. */
function stateWith(cookie: string): StorageState {
  const [name = "", ...value] = cookie.split("=");
  const where = { domain: "127.0.0.1", path: "/", secure: false } as const;
  return {
    cookies: [
      {
        name,
        value: value.join("="),
        ...where,
        expires: -1,
        httpOnly: true,
        sameSite: "Lax",
      },
    ],
    origins: [],
  };
}
