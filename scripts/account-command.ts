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
export type ParseField = <T>(field: string, schema: z.ZodType<T>, value: unknown) => T;

/**
 * Prints the command's answer or, in one line, why it failed. `readOptions` runs before the database is
 * opened, and uses `parseArgs`, which throws for unknown options.
 */
export async function runAccountCommand<Options>(
  usage: string,
  readOptions: () => Options,
  run: (database: Database, options: Options, parse: ParseField) => Promise<string>,
): Promise<void> {
  const parse: ParseField = (field, schema, value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const problem = `${field}: ${parsed.error.issues[0]?.message}`;
    throw new Refusal(field.startsWith("--") ? `${problem}\n\n${usage}` : problem);
  };
  try {
    const options = readOrRefuse(usage, readOptions);
    if (existsSync(".env")) process.loadEnvFile(".env");
    const url = process.env.DATABASE_URL;
    if (!url) throw new Refusal("DATABASE_URL is missing");
    const database = connectDatabase({ url, poolSize: 2, logger: createLogger("silent") });
    try {
      process.stdout.write(`${await run(database, options, parse)}\n`);
    } finally {
      await database.close();
    }
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}

function readOrRefuse<Options>(usage: string, readOptions: () => Options): Options {
  try {
    return readOptions();
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\n\n${usage}`);
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
