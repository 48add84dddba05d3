/** `npm run user:create -- --email …|--address 0x… --role …`: adds somebody who may sign in. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import type { Database } from "../app/platform/postgres.server";
import { emailSchema, newPasswordSchema, roleSchema } from "../app/accounts/credentials.server";
import { walletIdentity } from "../app/accounts/identities";
import { Users } from "../app/accounts/users.server";
import { walletAddress } from "../app/accounts/wallet-address.server";
import { type ParseField, Refusal, runAccountCommand } from "./account-command";

const usage = `Usage: npm run user:create -- --email name@example.org --role admin|maintainer|operator [--if-missing]
       npm run user:create -- --address 0x… --role admin|maintainer|operator [--if-missing]

A password goes with an e-mail address: it comes from USER_PASSWORD, or is asked for. --address is that of a
wallet. The database is the one of DATABASE_URL.
--if-missing   a user who exists already is no error, and stays as they are`;

function readOptions() {
  return parseArgs({
    options: {
      email: { type: "string" },
      address: { type: "string" },
      role: { type: "string" },
      "if-missing": { type: "boolean", default: false },
    },
  }).values;
}

async function createUser(
  { prisma }: Database,
  { email, address, role: wished, "if-missing": ifMissing }: ReturnType<typeof readOptions>,
  parse: ParseField,
) {
  if (email !== undefined && address !== undefined) {
    throw new Refusal(`Give --email or --address, not both\n\n${usage}`);
  }
  const who =
    address === undefined
      ? { email: parse("--email", emailSchema, email) }
      : { address: await readWallet(address) };
  const name = who.email ?? who.address;
  const role = parse("--role", roleSchema, wished);
  const users = new Users({ prisma, daoSlug: process.env.DAO_SLUG || undefined });
  const exists = `There is a user with the address ${name} already`;
  const known =
    who.email === undefined
      ? await users.findByIdentity(walletIdentity(who.address))
      : await users.findByEmail(who.email);
  if (!known) {
    const password = who.email === undefined ? undefined : await readPassword(parse);
    const isNew = await users.create("user:create", { ...who, role, password });
    if (isNew) return `Created the ${role} ${name}`;
  }
  if (ifMissing) return `${exists}: nothing to do`;
  throw new Refusal(exists);
}

async function readWallet(address: string): Promise<string> {
  const wallet = await walletAddress(address);
  if (wallet !== undefined) return wallet;
  throw new Refusal(
    `--address: This is no wallet's address: it has 0x and 40 digits, and its capital letters have to be right\n\n${usage}`,
  );
}

async function readPassword(parse: ParseField): Promise<string> {
  const given = process.env.USER_PASSWORD;
  if (given) return parse("USER_PASSWORD", newPasswordSchema, given);
  if (!process.stdin.isTTY) {
    throw new Refusal("USER_PASSWORD is not set, and there is no terminal to ask for a password");
  }
  const password = parse("password", newPasswordSchema, await askHidden("Password: "));
  if ((await askHidden("The same again: ")) === password) return password;
  throw new Refusal("password: the two are different");
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
