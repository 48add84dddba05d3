/** `npm run user:create -- --email … --role admin|operator`: adds somebody who may sign in. */
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import type { z } from "zod";
import { connectDatabase, type Database } from "../app/platform/postgres.server";
import { createLogger } from "../app/platform/logger.server";
import { emailSchema, newPasswordSchema, roleSchema } from "../app/accounts/credentials.server";
import { Users } from "../app/accounts/users.server";

const usage = `Usage: npm run user:create -- --email name@example.org --role admin|operator [--if-missing]

The password comes from USER_PASSWORD, or is asked for. The database is the one of DATABASE_URL.
--if-missing   a user who exists already is no error, and stays as they are`;

/** What to tell the person at the terminal; they need no stack. */
class Refusal extends Error {
  override name = "Refusal";
}

async function createUser(
  database: Database,
  { email: givenEmail, role: givenRole, ifMissing }: Options,
) {
  const email = parse("--email", emailSchema, givenEmail);
  const role = parse("--role", roleSchema, givenRole);
  const daoSlug = process.env.DAO_SLUG || undefined;
  const users = new Users({ prisma: database.prisma, daoSlug });
  const exists = `There is a user with the address ${email} already`;
  if (await users.findByEmail(email)) {
    if (!ifMissing) throw new Refusal(exists);
    return `${exists}: nothing to do`;
  }
  const password = process.env.USER_PASSWORD
    ? parse("USER_PASSWORD", newPasswordSchema, process.env.USER_PASSWORD)
    : await askForPassword();
  const isNew = await users.create("user:create", { email, role, password });
  if (!isNew && !ifMissing) throw new Refusal(exists);
  return isNew ? `Created the ${role} ${email}` : `${exists}: nothing to do`;
}

interface Options {
  email: string | undefined;
  role: string | undefined;
  ifMissing: boolean;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        email: { type: "string" },
        role: { type: "string" },
        "if-missing": { type: "boolean", default: false },
      },
    });
    return { email: values.email, role: values.role, ifMissing: values["if-missing"] };
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function parse<T>(field: string, schema: z.ZodType<T>, value: string | undefined): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = `${field}: ${parsed.error.issues[0]?.message}`;
  throw new Refusal(field.startsWith("--") ? `${problem}\n\n${usage}` : problem);
}

async function askForPassword(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new Refusal("USER_PASSWORD is not set, and there is no terminal to ask for a password");
  }
  const password = parse("password", newPasswordSchema, await askHidden("Password: "));
  if ((await askHidden("The same again: ")) !== password) {
    throw new Refusal("password: the two are different");
  }
  return password;
}

function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  return new Promise<string>((resolve, reject) => {
    terminal.question("", resolve);
    // Ctrl-C and Ctrl-D.
    terminal.once("close", () => reject(new Refusal("Cancelled")));
  }).finally(() => {
    terminal.close();
    process.stderr.write("\n");
  });
}

async function main(): Promise<string> {
  const options = readOptions();
  if (existsSync(".env")) process.loadEnvFile(".env");
  const url = process.env.DATABASE_URL;
  if (!url) throw new Refusal("DATABASE_URL is missing");
  const database = connectDatabase({ url, poolSize: 2, logger: createLogger("silent") });
  try {
    return await createUser(database, options);
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

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
