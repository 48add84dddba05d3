import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { testRedis } from "./database";

const root = path.resolve(import.meta.dirname, "../..");

/** Runs a script as a cron does, with what the process needs. */
export async function runNpmScript(
  name: "sync" | "cleanup" | "topics-import",
  {
    databaseUrl,
    daoSlug,
    options = [],
    env = {},
  }: { databaseUrl: string; daoSlug: string; options?: string[]; env?: Record<string, string> },
): Promise<{ code: number | null; output: string; log: string }> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", path.join(root, `scripts/${name}.ts`), ...options],
    {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: "test",
        DATABASE_URL: databaseUrl,
        REDIS_URL: testRedis(),
        DAO_SLUG: daoSlug,
        APP_ORIGIN: "https://views.example",
        CRON_SECRET: "cron-secret-0123456789",
        SESSION_SECRET: "session-secret-0123456789-0123456789",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [output, log] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code: child.exitCode, output, log };
}
