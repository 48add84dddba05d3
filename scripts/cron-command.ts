import { existsSync } from "node:fs";
import { pino } from "pino";
import { EnvironmentError, parseEnvironment } from "../app/platform/environment.server";
import { createLogger } from "../app/platform/logger.server";
import { createServices, type Services } from "../app/services.server";

const STANDARD_ERROR = 2;

/**
 * Does what an endpoint for crons does, as a process: prints the endpoint's answer, and logs to standard
 * error. Sets the exit code: 0 where the endpoint answers 200, 1 otherwise, 2 for a wrong option.
 * `readOptions` uses `parseArgs`, which throws for unknown options.
 */
export async function runAsCommand(
  readOptions: () => (services: Services) => Promise<Response>,
): Promise<void> {
  try {
    process.exitCode = await run(readOptions);
  } catch (error) {
    const isPlain = error instanceof EnvironmentError || isWrongOption(error);
    process.stderr.write(`${isPlain ? error.message : String(error)}\n`);
    process.exitCode = isWrongOption(error) ? 2 : 1;
  }
}

/** Errors of `parseArgs`; any other TypeError is a fault of ours. */
function isWrongOption(error: unknown): error is TypeError {
  return (
    error instanceof TypeError &&
    "code" in error &&
    String(error.code).startsWith("ERR_PARSE_ARGS_")
  );
}

async function run(readOptions: () => (services: Services) => Promise<Response>): Promise<number> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const call = readOptions();
  const env = parseEnvironment(process.env);
  const logger = createLogger(env.LOG_LEVEL, pino.destination({ fd: STANDARD_ERROR, sync: true }));
  const services = createServices(env, logger);
  // Current steps are finished, and the rest is left for the next time.
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => void services.stop());
  try {
    await services.settled();
    const response = await call(services);
    process.stdout.write(`${await response.text()}\n`);
    return response.ok ? 0 : response.status === 400 ? 2 : 1;
  } finally {
    await services.close();
  }
}
