import type { TestProject } from "vitest/node";
import { withClient } from "../../scripts/database/with-client";
import { startTestServers } from "./servers";

const templateDatabase = "template_forum_views";

declare module "vitest" {
  export interface ProvidedContext {
    /** The database that every test database is a copy of. Nothing may be connected to it. */
    templateDatabase: string;
    maintenanceUrl: string;
    redisUrl: string;
  }
}

/** Vitest's global set-up of the integration tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startTestServers(templateDatabase);
  await closeTemplate(servers.postgres.url("postgres"));
  project.provide("templateDatabase", templateDatabase);
  project.provide("maintenanceUrl", servers.postgres.url("postgres"));
  project.provide("redisUrl", servers.redisUrl);
  return servers.stop;
}

/** PostgreSQL copies only a database that nobody is connected to, and the migrations' pool lingers. */
async function closeTemplate(maintenanceUrl: string): Promise<void> {
  await withClient(maintenanceUrl, async (client) => {
    await client.query(`ALTER DATABASE ${templateDatabase} WITH ALLOW_CONNECTIONS false`);
    await client.query(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1",
      [templateDatabase],
    );
  });
}
