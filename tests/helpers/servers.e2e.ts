import { roleSchema } from "~/accounts/credentials.server";
import { withClient } from "../../scripts/database/with-client";
import { startAccounts } from "./accounts";
import { testDaoSlug } from "./dao-slug";
import { usersOfTests } from "./e2e-people";
import { refusalsOfTests } from "./e2e-site";
import { startTestServers } from "./servers";

const database = "forum_views_e2e";

/**
 * Playwright's global set-up: a PostgreSQL and a Redis for all tests, and the users whom they sign in.
 * The application is started by the tests, one for each file: see tests/e2e/fixtures.ts.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const servers = await startTestServers(database);
  const { redisUrl } = servers;
  const databaseUrl = servers.postgres.url(database);
  try {
    await withClient(databaseUrl, (client) => client.query(refusalsOfTests));
    const accounts = await startAccounts({ databaseUrl, redisUrl, daoSlug: testDaoSlug() });
    for (const [role, email] of Object.entries(usersOfTests)) {
      await accounts.add(email, roleSchema.parse(role));
    }
    await accounts.close();
    Object.assign(process.env, { E2E_DATABASE_URL: databaseUrl, E2E_REDIS_URL: redisUrl });
    return servers.stop;
  } catch (error) {
    await servers.stop();
    throw error;
  }
}
