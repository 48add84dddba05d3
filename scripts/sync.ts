/**
 * `npm run sync [-- --on-conflict skip]`: one sync, for those who would rather run a process than call a
 * URL. Same engine, lock and history as the endpoint; prints the endpoint's answer, and logs to standard
 * error. Exit codes: 0 where the endpoint answers 200, 1 otherwise, 2 for a wrong option.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { EnvironmentError, parseEnvironment } from "../app/env.server";
import { runCronSync } from "../app/http/cron-sync.server";
import { createLogger } from "../app/logger.server";
import { createServices } from "../app/services.server";

const STANDARD_ERROR = 2;

function readOption(): string | null {
  const { values } = parseArgs({ options: { "on-conflict": { type: "string" } } });
  return values["on-conflict"] ?? null;
}

async function main(): Promise<number> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const onConflict = readOption();
  const env = parseEnvironment(process.env);
  const logger = createLogger(env.LOG_LEVEL, pino.destination({ fd: STANDARD_ERROR, sync: true }));
  const services = createServices(env, logger);
  // The chunk in flight is finished, and the rest is left to the next run.
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => void services.engine.stop());
  }
  try {
    await services.settled();
    const response = await runCronSync(services, onConflict);
    process.stdout.write(`${await response.text()}\n`);
    return response.ok ? 0 : response.status === 400 ? 2 : 1;
  } finally {
    await services.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isPlain = error instanceof EnvironmentError || error instanceof TypeError;
  process.stderr.write(`${isPlain ? error.message : String(error)}\n`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
