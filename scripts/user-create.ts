/** `npm run user:create -- --email …|--address 0x… --role …`: adds somebody who may sign in. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import type { z } from "zod";
import type { Database } from "../app/platform/postgres.server";
import { emailSchema, newPasswordSchema, roleSchema } from "../app/accounts/credentials.server";
import { walletIdentity } from "../app/accounts/identities";
import { Users } from "../app/accounts/users.server";
import { walletAddress } from "../app/accounts/wallet-address.server";
import { parseField, Refusal, runAccountCommand } from "./account-command";

const usage = `Usage: npm run user:create -- --email name@example.org --role admin|maintainer|operator [--if-missing]
       npm run user:create -- --address 0x… --role admin|maintainer|operator [--if-missing]

A password goes with an e-mail address: it comes from USER_PASSWORD, or is asked for. --address is that of a
wallet. The database is the one of DATABASE_URL.
--if-missing   a user who exists already is no error, and stays as they are`;

interface Options {
  email: string | undefined;
  address: string | undefined;
  role: string | undefined;
  ifMissing: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      email: { type: "string" },
      address: { type: "string" },
      role: { type: "string" },
      "if-missing": { type: "boolean", default: false },
    },
  });
  const { "if-missing": ifMissing, ...rest } = values;
  return { email: undefined, address: undefined, role: undefined, ...rest, ifMissing };
}

function parse<T>(field: string, schema: z.ZodType<T>, value: unknown): T {
  return parseField({ field, usage }, schema, value);
}

async function createUser(database: Database, { ifMissing, ...options }: Options) {
  const who = await readWho(options);
  const name = who.email ?? who.address;
  const role = parse("--role", roleSchema, options.role);
  const daoSlug = process.env.DAO_SLUG || undefined;
  const users = new Users({ prisma: database.prisma, daoSlug });
  const exists = `There is a user with the address ${name} already`;
  const known =
    who.email === undefined
      ? await users.findByIdentity(walletIdentity(who.address))
      : await users.findByEmail(who.email);
  if (known) {
    if (!ifMissing) throw new Refusal(exists);
    return `${exists}: nothing to do`;
  }
  const password = who.email === undefined ? undefined : await readPassword();
  const isNew = await users.create("user:create", { ...who, role, password });
  if (!isNew && !ifMissing) throw new Refusal(exists);
  return isNew ? `Created the ${role} ${name}` : `${exists}: nothing to do`;
}

async function readWho({
  email,
  address,
}: Pick<Options, "email" | "address">): Promise<
  { email: string; address?: undefined } | { email?: undefined; address: string }
> {
  if (address === undefined) return { email: parse("--email", emailSchema, email) };
  if (email !== undefined) throw new Refusal(`Give --email or --address, not both\n\n${usage}`);
  const wallet = await walletAddress(address);
  if (wallet === undefined) {
    throw new Refusal(
      `--address: This is no wallet's address: it has 0x and 40 digits, and its capital letters have to be right\n\n${usage}`,
    );
  }
  return { address: wallet };
}

async function readPassword(): Promise<string> {
  const given = process.env.USER_PASSWORD;
  return given ? parse("USER_PASSWORD", newPasswordSchema, given) : askForPassword();
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
