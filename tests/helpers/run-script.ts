import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";

const root = path.resolve(import.meta.dirname, "../..");

/** Runs `scripts/<name>.ts` as npm does, with these variables and none of the developer's shell. */
export async function runScript(
  name: string,
  options: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string; log: string }> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", path.join(root, `scripts/${name}.ts`), ...options],
    {
      cwd: root,
      env: { PATH: process.env.PATH, NODE_ENV: "test", ...env },
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

/** The variables that a whole process needs. */
export function processEnv({
  databaseUrl,
  redisUrl,
  daoSlug,
}: {
  databaseUrl: string;
  redisUrl: string;
  daoSlug: string;
}): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DAO_SLUG: daoSlug,
    APP_ORIGIN: "https://views.example",
    CRON_SECRET: "cron-secret-0123456789",
    SESSION_SECRET: "session-secret-0123456789-0123456789",
  };
}
