import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ApiScope } from "~/accounts/api-scopes";
import { LimitedStatement } from "~/platform/limited-statement.server";
import { action as postTokens } from "~/routes/admin.tokens/route";
import type { RefusedForm } from "~/ui/refused-form";
import { action as postCleanup } from "~/routes/api.v1.forum.cleanup";
import { action as postSync } from "~/routes/api.v1.forum.sync-views";
import { runCommand } from "../../scripts/local/run-command";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { createTestDatabase, testRedis, type TestDatabase } from "../helpers/database";

const root = path.resolve(import.meta.dirname, "../..");
let database: TestDatabase;
let dashboard: Dashboard;
let otherDao: Dashboard;

beforeAll(async () => {
  database = await createTestDatabase();
  const servers = { databaseUrl: database.url, redisUrl: testRedis() };
  [dashboard, otherDao] = await Promise.all([startDashboard(servers), startDashboard(servers)]);
});
afterAll(async () => {
  await Promise.all([dashboard.close(), otherDao.close()]);
  await database.drop();
});

const create = (scopes: ApiScope[], expiresAt?: Date) =>
  dashboard.services.tokens.create("admin@forum.test", { name: "forum", scopes, expiresAt });
const revoke = async () => {
  const [newest] = await dashboard.services.tokens.list();
  return dashboard.services.tokens.revoke("admin@forum.test", newest!.id);
};

async function call(post: typeof postSync, token: string, query = "", of = dashboard) {
  const request = new Request(`http://forum.test/api/v1/forum/x${query}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
  });
  const context = { services: of.services, clientIp: undefined, cspNonce: "" };
  return post({ request, context, params: {} });
}

describe("a token", () => {
  test("starts what its scopes say, and names itself on the run", async () => {
    const token = await create(["sync"]);
    const answer = await call(postSync, token);
    expect(answer.status).toBe(200);
    const { rows } = await dashboard.pool.query(
      "SELECT actor FROM sync_runs WHERE dao_slug = $1 ORDER BY id DESC LIMIT 1",
      [dashboard.daoSlug],
    );
    expect(rows).toEqual([{ actor: "token forum" }]);
    const refused = await call(postCleanup, token);
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { error: "Unauthorized", status: 401 },
    ]);
  });

  test("is named in the audit log by the cleanup that it starts", async () => {
    await dashboard.pool.query(
      `INSERT INTO sync_runs (dao_slug, trigger, actor, status, started_at)
       SELECT $1, 'cron', 'cron', 'empty', now() - interval '20 years' FROM generate_series(1, 2)`,
      [dashboard.daoSlug],
    );
    expect((await call(postCleanup, await create(["cleanup"]))).status).toBe(200);
    const { entries } = await dashboard.services.audit.list({ page: 1, pageSize: 1 });
    expect(entries).toMatchObject([{ actor: "token forum", action: "cleanup" }]);
  });

  test("in the address is refused, even beside the header", async () => {
    const token = await create(["sync"]);
    expect((await call(postSync, token, `?token=${token}`)).status).toBe(401);
    expect((await call(postSync, "x", `?access_token=${token}`)).status).toBe(401);
  });

  test("of another DAO is none", async () => {
    const token = await create(["sync", "stats:read"]);
    expect((await call(postSync, token, "", otherDao)).status).toBe(401);
    const [newest] = await dashboard.services.tokens.list();
    expect(await otherDao.services.tokens.list()).toEqual([]);
    expect(
      await otherDao.services.tokens.revoke("stranger@forum.test", newest!.id),
    ).toBeUndefined();
    expect((await call(postSync, token)).status).toBe(200);
  });

  test("is refused from the moment it is revoked, on every connection", async () => {
    const token = await create(["sync"]);
    const { tokens } = dashboard.services;
    for (let use = 0; use < 5; use += 1) expect(await tokens.find(token)).toBeDefined();
    expect(await revoke()).toBe("forum");
    const found = await Promise.all(Array.from({ length: 8 }, () => tokens.find(token)));
    expect(found.every((entry) => entry === undefined)).toBe(true);
    expect(await revoke()).toBeUndefined();
  });

  test("ends when its time is over", async () => {
    const { tokens } = dashboard.services;
    expect(await tokens.find(await create(["sync"], new Date(Date.now() + 60_000)))).toBeDefined();
    expect(await tokens.find(await create(["sync"], new Date(Date.now() - 1)))).toBeUndefined();
  });

  test("is nowhere in the database, and when it was used is", async () => {
    const token = await create(["stats:read"]);
    const readRow = async () => {
      const { rows } = await dashboard.pool.query<{ text: string; used: Date | null }>(
        `SELECT row_to_json(api_tokens)::text AS text, last_used_at AS used FROM api_tokens
         ORDER BY created_at DESC LIMIT 1`,
      );
      return rows[0]!;
    };
    expect((await readRow()).used).toBeNull();
    await Promise.all(Array.from({ length: 5 }, () => dashboard.services.tokens.find(token)));
    const { text, used } = await readRow();
    expect(used).toBeInstanceOf(Date);
    expect(text).not.toContain(token.slice(4));
    await dashboard.services.tokens.find(token);
    expect((await readRow()).used).toEqual(used);
  });

  // A comparison that stops at the first difference then tells nothing about the token itself.
  test("is looked up by a digest that an almost right guess has nothing in common with", async () => {
    const token = await create(["stats:read"]);
    const guess = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    const query = vi.spyOn(pg.Client.prototype, "query");
    const found = [
      await dashboard.services.tokens.find(token),
      await dashboard.services.tokens.find(guess),
    ];
    const sent = query.mock.calls.map(([statement]) => statement as unknown);
    query.mockRestore();
    expect(found).toEqual([{ name: "forum", scopes: ["stats:read"] }, undefined]);
    const [right, wrong] = sent.filter((one) => one instanceof LimitedStatement);
    expect(wrong!.statement.text).toBe(right!.statement.text);
    const [digest, ofGuess] = [right, wrong].map((one) => String(one!.statement.values[0]));
    expect(digest!.slice(0, 6)).not.toBe(ofGuess!.slice(0, 6));
    expect(JSON.stringify([right!.statement.values, wrong!.statement.values])).not.toContain(
      token.slice(4, 20),
    );
  });

  test("leaves its beginning and its end in the audit log, without itself", async () => {
    const token = await create(["stats:read", "sync"]);
    await revoke();
    const { entries } = await dashboard.services.audit.list({ page: 1, pageSize: 2 });
    expect(entries.map(({ actor, action, details }) => ({ actor, action, details }))).toEqual([
      { actor: "admin@forum.test", action: "token-revoke", details: { name: "forum" } },
      {
        actor: "admin@forum.test",
        action: "token-create",
        details: { name: "forum", scopes: ["stats:read", "sync"] },
      },
    ]);
    expect(JSON.stringify(entries, (_key, value: unknown) => String(value))).not.toContain(token);
  });
});

describe("the page", () => {
  const password = "correct horse battery";
  let cookie: string;
  beforeAll(async () => {
    const { users, passwordSignIn, cookies } = dashboard.services;
    const email = "admin@forum.test";
    await users.create("tests", { email, role: "admin", password });
    const result = await passwordSignIn.signIn({
      email,
      password,
      ip: undefined,
      replacedToken: undefined,
    });
    const token = result.kind === "signed-in" ? result.token : "";
    cookie = (await cookies.session.serialize(token)).split(";")[0] ?? "";
  });

  async function post(fields: string[][]): Promise<Response> {
    const request = new Request("http://forum.test/admin/tokens", {
      method: "POST",
      headers: { Cookie: cookie, Origin: "http://forum.test" },
      body: new URLSearchParams(fields),
    });
    const context = { services: dashboard.services, clientIp: undefined, cspNonce: "" };
    return postTokens({ request, context, params: {} });
  }

  test("shows a new token once, in its answer", async () => {
    const form = [
      ["intent", "create"],
      ["name", " Indexer "],
      ["scopes", "stats:read"],
    ];
    const answer = await post(form);
    const { created } = (await answer.json()) as { created: { name: string; token: string } };
    expect(created.name).toBe("Indexer");
    expect(await dashboard.services.tokens.find(created.token)).toEqual({
      name: "Indexer",
      scopes: ["stats:read"],
    });
    expect(answer.headers.get("Set-Cookie")).toBeNull();
  });

  test.each([
    [
      "name",
      [
        ["name", " "],
        ["scopes", "sync"],
      ],
    ],
    ["scopes", [["name", "Indexer"]]],
    [
      "scopes",
      [
        ["name", "Indexer"],
        ["scopes", "everything"],
      ],
    ],
    [
      "lastDay",
      [
        ["name", "Indexer"],
        ["scopes", "sync"],
        ["lastDay", "2020-01-31"],
      ],
    ],
    [
      "lastDay",
      [
        ["name", "Indexer"],
        ["scopes", "sync"],
        ["lastDay", "tomorrow"],
      ],
    ],
  ])("says what is wrong with the %s and keeps what was entered", async (field, fields) => {
    const answer = await post([["intent", "create"], ...fields]);
    expect(answer.status).toBe(400);
    const body = (await answer.json()) as Required<RefusedForm>;
    expect(Object.keys(body.error).every((name) => name.startsWith(field))).toBe(true);
    expect(body.initialValue).toMatchObject({ name: fields[0]?.[1] });
  });
});

describe("token:create", () => {
  const run = async (args: string[], env: Record<string, string> = {}) => {
    const { ok, output } = await runCommand(
      process.execPath,
      ["--import", "tsx", path.join(root, "scripts/token-create.ts"), ...args],
      {
        seconds: 30,
        cwd: root,
        env: {
          NODE_ENV: "test",
          PATH: process.env.PATH,
          DATABASE_URL: database.url,
          DAO_SLUG: dashboard.daoSlug,
          ...env,
        },
      },
    );
    return { ok, output: output.trim() };
  };

  test("prints the token and nothing else", async () => {
    const { ok, output } = await run([
      "--name",
      "stats",
      "--scope",
      "stats:read",
      "--scope",
      "sync",
    ]);
    expect(ok).toBe(true);
    expect(output).toMatch(/^fvt_[\w-]{43}$/);
    expect(await dashboard.services.tokens.find(output)).toEqual({
      name: "stats",
      scopes: ["sync", "stats:read"],
    });
  });

  test.each<[string, string[], Record<string, string>, string]>([
    ["no name", ["--scope", "sync"], {}, "--name: Enter a name"],
    ["no scope", ["--name", "x"], {}, "--scope: Choose at least one scope"],
    ["a wrong scope", ["--name", "x", "--scope", "all"], {}, "--scope: Choose at least one"],
    ["no DAO", ["--name", "x", "--scope", "sync"], { DAO_SLUG: "" }, "DAO_SLUG is missing"],
  ])("with %s it names what is wrong", async (_name, args, env, message) => {
    const { ok, output } = await run(args, env);
    expect([ok, output.startsWith(message)]).toEqual([false, true]);
  });
});
