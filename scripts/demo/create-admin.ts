import { existsSync } from "node:fs";
import path from "node:path";
import { withClient } from "../database/with-client";
import { runNpm } from "../local/run-npm";
import { root } from "./demo-settings";

export const adminEmail = "admin@example.org";

/** Creates the demo's administrator, unless there is one. Returns whether there are accounts at all. */
export async function createAdmin(
  env: { DATABASE_URL: string } & Record<string, string>,
  password: string,
): Promise<boolean> {
  if (!existsSync(path.join(root, "scripts/user-create.ts"))) return false;
  if (await hasUser(env.DATABASE_URL, adminEmail)) return true;
  const args = ["run", "user:create", "--", "--email", adminEmail, "--role", "admin"];
  await runNpm(root, args, { ...env, USER_PASSWORD: password });
  return true;
}

function hasUser(databaseUrl: string, email: string): Promise<boolean> {
  return withClient(databaseUrl, async (client) => {
    const { rowCount } = await client.query("SELECT 1 FROM users WHERE email = $1", [email]);
    return rowCount === 1;
  });
}
