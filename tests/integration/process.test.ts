import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { startAppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { fillOverlay, syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, useServers } from "../helpers/use-servers";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const use = useServers();

async function runServer(env: Record<string, string>): Promise<{ code: unknown; errors: string }> {
  const child = spawn(process.execPath, ["build/server.mjs"], {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [errors] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { code: child.exitCode, errors };
}

describe("the start", () => {
  it("names every variable that is missing, and exits with 1", async () => {
    const { code, errors } = await runServer({});
    expect(code).toBe(1);
    const needed = ["DATABASE_URL", "REDIS_URL", "CRON_SECRET", "SESSION_SECRET", "APP_ORIGIN"];
    for (const name of [...needed, "DAO_SLUG"]) {
      expect(errors).toContain(`${name} is missing`);
    }
  });

  it("serves while both servers are away, and says so", async () => {
    const app = await startAppServer({
      databaseUrl: "postgres://nobody@127.0.0.1:9/none",
      redisUrl: "redis://127.0.0.1:9",
      daoSlug: testDaoSlug(),
    });
    expect((await fetch(`${app.origin}/healthz`)).status).toBe(200);
    const ready = await fetch(`${app.origin}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      checks: { postgres: "unavailable", redis: "unavailable" },
    });
    const sync = await callSync(app);
    expect(sync.status).toBe(500);
    expect(await sync.json()).toMatchObject({ error: "Database connection failed" });
    expect(await app.stop()).toBe(0);
  });
});

describe("the end", () => {
  it("comes in time although clients keep their connections busy", async () => {
    const app = await startAppServer({ ...use.urls, daoSlug: testDaoSlug() });
    let isOver = false;
    const client = async () => {
      while (!isOver) await fetch(`${app.origin}/healthz`).catch(() => undefined);
    };
    const clients = Array.from({ length: 10 }, client);
    await expect.poll(() => fetch(`${app.origin}/healthz`).then(({ ok }) => ok)).toBe(true);
    expect(await app.stop()).toBe(0);
    isOver = true;
    await Promise.all(clients);
  });

  it("lets the chunk in flight finish, and leaves the rest to the next run", async () => {
    const dao = syncFixture(use.servers);
    const app = await startAppServer({
      ...use.urls,
      daoSlug: dao.daoSlug,
      env: { SYNC_CHUNK_SIZE: "50" },
    });
    await fillOverlay(dao, new Map(Array.from({ length: 20_000 }, (_, id) => [`t${id}`, 1])));
    const answer = callSync(app);
    await expect.poll(() => app.logs.some(({ msg }) => /^Flushed \d+\/20000/.test(msg))).toBe(true);
    expect(await app.stop()).toBe(0);
    const body = (await (await answer).json()) as { summary: { total: number; flushed: number } };
    expect(body.summary.total).toBe(20_000);
    expect(body.summary.flushed).toBeGreaterThan(0);
    expect(body.summary.flushed).toBeLessThan(20_000);
    const rest = await dao.sync();
    expect(rest.counters.flushed).toBe(20_000 - body.summary.flushed);
    await expectBalanced(dao);
  });
});
