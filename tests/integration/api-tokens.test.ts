import pg from "pg";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { ApiScope } from "~/accounts/api-scopes";
import { LimitedStatement } from "~/platform/limited-statement.server";
import { action as postTokens } from "~/routes/admin.tokens/route";
import type { RefusedForm } from "~/ui/refused-form";
import { action as postCleanup } from "~/routes/api.v1.forum.cleanup";
import { action as postSync } from "~/routes/api.v1.forum.sync-views";
import { startDashboard } from "../helpers/dashboard";
import { runScript } from "../helpers/run-script";
import { forAllTests, useServers } from "../helpers/use-servers";

const use = useServers();
const dashboard = forAllTests(() => startDashboard(use.urls));
const otherDao = forAllTests(() => startDashboard(use.urls));

const create = (scopes: ApiScope[], expiresAt?: Date) =>
  dashboard.services.tokens.create("admin@forum.test", { name: "forum", scopes, expiresAt });
const revoke = async () => {
  const [newest] = await dashboard.services.tokens.list();
  return dashboard.services.tokens.revoke("admin@forum.test", newest!.id);
};

async function call(post: typeof postSync, token: string, of = dashboard) {
  const request = new Request("http://forum.test/api/v1/forum/x", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
  });
  return post({ request, context: of.context, params: {} });
}

describe("a token", () => {
  test("starts what its scopes say, and names itself on the run", async () => {
    const token = await create(["sync"]);
    const answer = await call(postSync, token);
    expect(answer.status).toBe(200);
    const rows = await dashboard.query(
      "SELECT actor FROM sync_runs WHERE dao_slug = $1 ORDER BY id DESC LIMIT 1",
    );
    expect(rows).toEqual([{ actor: "token forum" }]);
    const refused = await call(postCleanup, token);
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { error: "Unauthorized", status: 401 },
    ]);
  });

  test("is named in the audit log by the cleanup that it starts", async () => {
    await dashboard.query(`INSERT INTO sync_runs (dao_slug, trigger, actor, status, started_at)
       SELECT $1, 'cron', 'cron', 'empty', now() - interval '20 years' FROM generate_series(1, 2)`);
    expect((await call(postCleanup, await create(["cleanup"]))).status).toBe(200);
    const { entries } = await dashboard.services.audit.list({ page: 1, pageSize: 1 });
    expect(entries).toMatchObject([{ actor: "token forum", action: "cleanup" }]);
  });

  test("of another DAO is none", async () => {
    const token = await create(["sync", "stats:read"]);
    expect((await call(postSync, token, otherDao)).status).toBe(401);
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
  let cookie: string;
  beforeAll(async () => {
    cookie = await dashboard.signIn("admin");
  });

  async function post(fields: Record<string, string>): Promise<Response> {
    const request = new Request("http://forum.test/admin/tokens", {
      method: "POST",
      headers: { Cookie: cookie, Origin: "http://forum.test" },
      body: new URLSearchParams({ intent: "create", ...fields }),
    });
    return postTokens({ request, context: dashboard.context, params: {} });
  }

  test("shows a new token once, in its answer", async () => {
    const answer = await post({ name: " Indexer ", scopes: "stats:read" });
    const { created } = (await answer.json()) as { created: { name: string; token: string } };
    expect(created.name).toBe("Indexer");
    expect(await dashboard.services.tokens.find(created.token)).toEqual({
      name: "Indexer",
      scopes: ["stats:read"],
    });
    expect(answer.headers.get("Set-Cookie")).toBeNull();
  });

  test.each<[field: string, fields: Record<string, string>]>([
    ["name", { name: " ", scopes: "sync" }],
    ["scopes", { name: "Indexer" }],
    ["scopes", { name: "Indexer", scopes: "everything" }],
    ["lastDay", { name: "Indexer", scopes: "sync", lastDay: "2020-01-31" }],
    ["lastDay", { name: "Indexer", scopes: "sync", lastDay: "tomorrow" }],
  ])("says what is wrong with the %s and keeps what was entered", async (field, fields) => {
    const answer = await post(fields);
    expect(answer.status).toBe(400);
    const body = (await answer.json()) as Required<RefusedForm>;
    expect(Object.keys(body.error).every((name) => name.startsWith(field))).toBe(true);
    expect(body.initialValue).toMatchObject({ name: fields.name });
  });
});

describe("token:create", () => {
  const run = (options: string[], env: Record<string, string> = {}) =>
    runScript("token-create", options, {
      DATABASE_URL: use.database.url,
      DAO_SLUG: dashboard.daoSlug,
      ...env,
    });

  test("prints the token and nothing else", async () => {
    const scopes = ["--scope", "stats:read", "--scope", "sync"];
    const { code, output } = await run(["--name", "stats", ...scopes]);
    expect(code).toBe(0);
    expect(output).toMatch(/^fvt_[\w-]{43}\n$/);
    expect(await dashboard.services.tokens.find(output.trim())).toEqual({
      name: "stats",
      scopes: ["sync", "stats:read"],
    });
  });

  test.each<[string, string[], Record<string, string>, string]>([
    ["no scope", ["--name", "x"], {}, "--scope: Choose at least one scope"],
    ["no DAO", ["--name", "x", "--scope", "sync"], { DAO_SLUG: "" }, "DAO_SLUG is missing"],
  ])("with %s it names what is wrong", async (_name, options, env, message) => {
    const { code, log } = await run(options, env);
    expect([code, log.startsWith(message)]).toEqual([1, true]);
  });
});
