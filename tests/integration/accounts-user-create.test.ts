import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../../scripts/local/run-command";
import { withClient } from "../../scripts/database/with-client";
import { createTestDatabase, type TestDatabase } from "../helpers/database";

const root = path.resolve(import.meta.dirname, "../..");
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function createUser(args: string[], env: Record<string, string> = {}) {
  const { ok, output } = await runCommand(
    process.execPath,
    ["--import", "tsx", path.join(root, "scripts/user-create.ts"), ...args],
    {
      seconds: 30,
      cwd: root,
      env: {
        NODE_ENV: "test",
        PATH: process.env.PATH,
        DATABASE_URL: database.url,
        USER_PASSWORD: "correct horse battery",
        ...env,
      },
    },
  );
  return { ok, output: output.trim() };
}

function query(statement: string): Promise<unknown[]> {
  return withClient(
    database.url,
    async (client) => (await client.query<Record<string, unknown>>(statement)).rows,
  );
}

test("creates a user, once", async () => {
  const args = ["--email", " Ada@Example.org ", "--role", "admin"];
  expect(await createUser(args)).toEqual({ ok: true, output: "Created the admin ada@example.org" });
  expect(await query("SELECT email, role FROM users")).toEqual([
    { email: "ada@example.org", role: "admin" },
  ]);

  const again = await createUser(args);
  expect(again.ok).toBe(false);
  expect(again.output).toBe("There is a user with the address ada@example.org already");
  expect(await createUser([...args, "--if-missing"])).toMatchObject({ ok: true });
  expect(await query("SELECT count(*)::int FROM users")).toEqual([{ count: 1 }]);
});

test("creates a user by the address of a wallet, without a password", async () => {
  const address = "0x52908400098527886E0F7030069857D2E4169EE7";
  const args = ["--address", address.toLowerCase(), "--role", "admin"];
  const env = { USER_PASSWORD: "" };
  expect(await createUser(args, env)).toEqual({ ok: true, output: `Created the admin ${address}` });
  expect(await query("SELECT kind, subject FROM user_identities")).toEqual([
    { kind: "wallet", subject: address },
  ]);
  const again = await createUser(args, env);
  expect(again).toEqual({
    ok: false,
    output: `There is a user with the address ${address} already`,
  });
});

test("notes it in the audit log of the DAO, where there is one", async () => {
  const args = (email: string) => ["--email", email, "--role", "operator"];
  await createUser(args("logged@example.org"), { DAO_SLUG: "ens" });
  await createUser(args("unlogged@example.org"));
  expect(await query("SELECT dao_slug, actor, action, details FROM audit_log")).toEqual([
    {
      dao_slug: "ens",
      actor: "user:create",
      action: "user-create",
      details: { email: "logged@example.org", role: "operator" },
    },
  ]);
});

test.each<[string, string[], Record<string, string>, string]>([
  ["no address", ["--role", "admin"], {}, "--email: Enter an e-mail address"],
  ["no real address", ["--email", "ada", "--role", "admin"], {}, "--email: Enter an e-mail"],
  [
    "an address with a wrong checksum",
    ["--address", "0x52908400098527886E0F7030069857D2E4169eE7", "--role", "admin"],
    {},
    "--address: This is no wallet's address",
  ],
  ["no role", ["--email", "b@example.org"], {}, "--role: Choose operator, maintainer or admin"],
  ["no real role", ["--email", "b@example.org", "--role", "boss"], {}, "--role: Choose"],
  ["an unknown option", ["--mail", "b@example.org"], {}, "Unknown option '--mail'"],
  [
    "a short password",
    ["--email", "b@example.org", "--role", "admin"],
    { USER_PASSWORD: "short" },
    "USER_PASSWORD: A password has at least 12 characters",
  ],
  [
    "no password and no terminal",
    ["--email", "b@example.org", "--role", "admin"],
    { USER_PASSWORD: "" },
    "USER_PASSWORD is not set",
  ],
  [
    "no database",
    ["--email", "b@example.org", "--role", "admin"],
    { DATABASE_URL: "postgres://postgres:hunter2@127.0.0.1:1/none" },
    "Database connection failed: connect ECONNREFUSED",
  ],
])("with %s it names what is wrong", async (_name, args, env, message) => {
  const { ok, output } = await createUser(args, env);
  expect(ok).toBe(false);
  expect(output).toContain(message);
  expect(output).not.toMatch(/hunter2|node_modules|^ +at /m);
});
