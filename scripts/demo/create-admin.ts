import { runNpm } from "../local/run-npm";
import { root } from "./demo-settings";

export const adminEmail = "admin@example.org";

/** Creates the demo's administrator, unless there is one. */
export async function createAdmin(
  env: { DATABASE_URL: string } & Record<string, string>,
  password: string,
): Promise<void> {
  const options = ["--email", adminEmail, "--role", "admin", "--if-missing"];
  await runNpm(root, ["run", "user:create", "--", ...options], { ...env, USER_PASSWORD: password });
}
