/** A wrong option or setting: the command's usage helps. */
export class UsageError extends Error {}

/**
 * Says why a command failed, after `failed`, and sets its exit code: 1, or 2 for an option that `parseArgs` or the
 * command itself refuses, with the usage.
 */
export function tellFailure(error: unknown, usage: string, failed: string): void {
  const { name, message, code } = error as Error & { code?: unknown };
  const isUsage = error instanceof UsageError || String(code).startsWith("ERR_PARSE_ARGS_");
  const subject = name === "PostgresUrlError" ? "the connection URL " : "";
  process.stderr.write(isUsage ? `${message}\n${usage}\n` : `${failed}: ${subject}${message}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
