import pg from "pg";
import { CONNECT_TIMEOUT_MS } from "../../app/platform/postgres.server";
import { parsePostgresUrl } from "../../app/platform/postgres-url";

/** Opens one connection, and closes it when `use` is done. */
export async function withClient<T>(
  url: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { config, connectTimeoutMs = CONNECT_TIMEOUT_MS } = parsePostgresUrl(url);
  const client = new pg.Client({ ...config, connectionTimeoutMillis: connectTimeoutMs });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
