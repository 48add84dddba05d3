import { runNpm } from "../local/run-npm";
import { root } from "./demo-settings";

export const adminEmail = "admin@example.org";

/** Creates the demo's administrator, unless there is one. */
export async function createAdmin(
  env: { DATABASE_URL: string } & Record<string, string>,
  password: string,
): Promise<void> {
  const args = [
    "run",
    "user:create",
    "--",
    "--email",
    adminEmail,
    "--role",
    "admin",
    "--if-missing",
  ];
  await runNpm(root, args, { ...env, USER_PASSWORD: password });
}
