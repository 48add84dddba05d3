/** `npm run user:create -- --email … --role admin|operator`: adds somebody who may sign in. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import type { z } from "zod";
import type { Database } from "../app/platform/postgres.server";
import { emailSchema, newPasswordSchema, roleSchema } from "../app/accounts/credentials.server";
import { Users } from "../app/accounts/users.server";
import { parseField, Refusal, runAccountCommand } from "./account-command";

const usage = `Usage: npm run user:create -- --email name@example.org --role admin|operator [--if-missing]

The password comes from USER_PASSWORD, or is asked for. The database is the one of DATABASE_URL.
--if-missing   a user who exists already is no error, and stays as they are`;

interface Options {
  email: string | undefined;
  role: string | undefined;
  ifMissing: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      email: { type: "string" },
      role: { type: "string" },
      "if-missing": { type: "boolean", default: false },
    },
  });
  return { email: values.email, role: values.role, ifMissing: values["if-missing"] };
}

function parse<T>(field: string, schema: z.ZodType<T>, value: unknown): T {
  return parseField({ field, usage }, schema, value);
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

await runAccountCommand(usage, readOptions, createUser);
