/**
 * Shared by the commands that create users and tokens: a database, plain refusals, one line as the answer.
 */
import { existsSync } from "node:fs";
import type { z } from "zod";
import { createLogger } from "../app/platform/logger.server";
import { connectDatabase, type Database } from "../app/platform/postgres.server";

/** A message for the person at the terminal, shown without a stack. */
export class Refusal extends Error {
  override name = "Refusal";
}

/** @throws Refusal that names the field; for an option, with the usage */
export function parseField<T>(
  { field, usage }: { field: string; usage: string },
  schema: z.ZodType<T>,
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = `${field}: ${parsed.error.issues[0]?.message}`;
  throw new Refusal(field.startsWith("--") ? `${problem}\n\n${usage}` : problem);
}

/**
 * Prints the command's answer or, in one line, why it failed. `readOptions` runs before the database is
 * opened, and uses `parseArgs`, which throws for unknown options.
 */
export async function runAccountCommand<Options>(
  usage: string,
  readOptions: () => Options,
  run: (database: Database, options: Options) => Promise<string>,
): Promise<void> {
  try {
    const options = readOrRefuse(usage, readOptions);
    if (existsSync(".env")) process.loadEnvFile(".env");
    process.stdout.write(`${await withDatabase((database) => run(database, options))}\n`);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}

function readOrRefuse<Options>(usage: string, readOptions: () => Options): Options {
  try {
    return readOptions();
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

async function withDatabase(run: (database: Database) => Promise<string>): Promise<string> {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Refusal("DATABASE_URL is missing");
  const database = connectDatabase({ url, poolSize: 2, logger: createLogger("silent") });
  try {
    return await run(database);
  } finally {
    await database.close();
  }
}

/** The reason in one line; of Prisma's messages, the line that has the reason. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!(cause instanceof Error)) return message;
  if ("code" in cause && cause.code === "P2021") {
    return "The database has no tables yet: run `npm run db:migrate` first";
  }
  return `${message}: ${cause.message.trim().split("\n").at(-1)}`;
}
