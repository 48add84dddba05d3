import { expect, test } from "vitest";
import { withClient } from "../../scripts/database/with-client";
import { runScript } from "../helpers/run-script";
import { useServers } from "../helpers/use-servers";

const use = useServers();

function createUser(options: string[], env: Record<string, string> = {}) {
  return runScript("user-create", options, {
    DATABASE_URL: use.database.url,
    USER_PASSWORD: "correct horse battery",
    ...env,
  });
}

function query(statement: string): Promise<unknown[]> {
  return withClient(
    use.database.url,
    async (client) => (await client.query<Record<string, unknown>>(statement)).rows,
  );
}

const created = (who: string) => ({ code: 0, output: `Created the ${who}\n`, log: "" });
const taken = (who: string) => ({
  ...{ code: 1, output: "", log: `There is a user with the address ${who} already\n` },
});

test("creates a user, once", async () => {
  const options = ["--email", " Ada@Example.org ", "--role", "admin"];
  expect(await createUser(options)).toEqual(created("admin ada@example.org"));
  expect(await query("SELECT email, role FROM users")).toEqual([
    { email: "ada@example.org", role: "admin" },
  ]);
  expect(await createUser(options)).toEqual(taken("ada@example.org"));
  expect(await createUser([...options, "--if-missing"])).toMatchObject({ code: 0 });
  expect(await query("SELECT count(*)::int FROM users")).toEqual([{ count: 1 }]);
});

test("creates a user by the address of a wallet, without a password", async () => {
  const address = "0x52908400098527886E0F7030069857D2E4169EE7";
  const options = ["--address", address.toLowerCase(), "--role", "admin"];
  const env = { USER_PASSWORD: "" };
  expect(await createUser(options, env)).toEqual(created(`admin ${address}`));
  expect(await query("SELECT kind, subject FROM user_identities")).toEqual([
    { kind: "wallet", subject: address },
  ]);
  expect(await createUser(options, env)).toEqual(taken(address));
});

test("notes it in the audit log of the DAO, where there is one", async () => {
  // The users of the tests before belong to no DAO's log.
  await createUser(["--email", "logged@example.org", "--role", "operator"], { DAO_SLUG: "ens" });
  expect(await query("SELECT dao_slug, actor, action, details FROM audit_log")).toEqual([
    {
      dao_slug: "ens",
      actor: "user:create",
      action: "user-create",
      details: { email: "logged@example.org", role: "operator" },
    },
  ]);
});

const valid = ["--email", "b@example.org", "--role", "admin"];

test.each<[string, string[], Record<string, string>, string]>([
  [
    "an address with a wrong checksum",
    ["--address", "0x52908400098527886E0F7030069857D2E4169eE7", "--role", "admin"],
    {},
    "--address: This is no wallet's address",
  ],
  ["no role", valid.slice(0, 2), {}, "--role: Choose operator, maintainer or admin"],
  ["an unknown option", ["--mail", "b@example.org"], {}, "Unknown option '--mail'"],
  ["a short password", valid, { USER_PASSWORD: "short" }, "USER_PASSWORD: A password has at least"],
  ["no password and no terminal", valid, { USER_PASSWORD: "" }, "USER_PASSWORD is not set"],
  [
    "no database",
    valid,
    { DATABASE_URL: "postgres://postgres:hunter2@127.0.0.1:1/none" },
    "Database connection failed: connect ECONNREFUSED",
  ],
])("with %s it names what is wrong", async (_name, options, env, message) => {
  const { code, log } = await createUser(options, env);
  expect(code).toBe(1);
  expect(log).toContain(message);
  expect(log).not.toMatch(/hunter2|node_modules|^ +at /m);
});
