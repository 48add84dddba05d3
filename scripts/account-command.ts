/** What the commands share that make users and tokens: a database, plain refusals, one line of an answer. */
import { existsSync } from "node:fs";
import type { z } from "zod";
import { createLogger } from "../app/platform/logger.server";
import { connectDatabase, type Database } from "../app/platform/postgres.server";

/** What to tell the person at the terminal; they need no stack. */
export class Refusal extends Error {
  override name = "Refusal";
}

/** @throws Refusal that names the field; with the usage where it is an option */
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
 * Prints what the command answers, or in one line why it could not. `readOptions` comes before the database, and
 * uses `parseArgs`, which throws for an unknown one.
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

/** The reason in one line; of what Prisma says, the line that says it. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!(cause instanceof Error)) return message;
  if ("code" in cause && cause.code === "P2021") {
    return "The database has no tables yet: run `npm run db:migrate` first";
  }
  return `${message}: ${cause.message.trim().split("\n").at(-1)}`;
}
