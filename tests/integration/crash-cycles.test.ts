import { expect, it } from "vitest";
import { BooksReader } from "~/modules/view-sync/books.server";
import { viewKeys } from "~/modules/view-tracking/view-keys";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { testDaoSlug } from "../helpers/dao-slug";
import { testRedis } from "../helpers/database";
import { useServers } from "../helpers/use-servers";
import { sendView } from "../helpers/visitor";

/** Traffic over HTTP, and a process that is killed in the middle of a sync, again and again. */

const CYCLES = 20;
const TOPICS = 60;
const daoSlug = testDaoSlug();
const keys = viewKeys(daoSlug);
const use = useServers();

function start(): Promise<AppServer> {
  return startAppServer({
    databaseUrl: use.database.url,
    redisUrl: testRedis(),
    daoSlug,
    // Chunks of a few targets, so that there is a middle to be killed in.
    env: { TRUST_PROXY: "loopback", SYNC_CHUNK_SIZE: "5", SYNC_LEASE_SECONDS: "2" },
  });
}

async function sync(app: AppServer): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${app.origin}/api/v1/forum/sync-views`, {
    method: "POST",
    headers: { Authorization: `Bearer ${app.cronSecret}` },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/**
 * Views told to be counted, and views whose answer the kill cut off: those may have been counted or not.
 */
const told = new Map<string, number>();
const unsure = new Map<string, number>();
function note(map: Map<string, number>, topicId: string): void {
  map.set(topicId, (map.get(topicId) ?? 0) + 1);
}

async function traffic(app: AppServer, isOver: () => boolean): Promise<void> {
  for (let view = 0; !isOver(); view += 1) {
    const topicId = `t${view % TOPICS}`;
    try {
      const response = await sendView(app.origin, topicId);
      const { counted } = (await response.json()) as { counted?: boolean };
      if (counted) note(told, topicId);
    } catch {
      note(unsure, topicId);
    }
  }
}

it(`keeps every view through ${CYCLES} kills in mid-sync`, { timeout: 300_000 }, async () => {
  let killedInSync = 0;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    const app = await start();
    let isOver = false;
    const senders = Array.from({ length: 4 }, () => traffic(app, () => isOver));
    await expect
      .poll(() => use.servers.redis.zcard(keys.overlay), { timeout: 20_000 })
      .toBeGreaterThan(20);
    // The run of a killed process keeps its lease for a while: 409 until it can be taken over.
    const syncing = sync(app).catch(() => undefined);
    await Promise.race([
      syncing,
      expect
        .poll(() => use.servers.redis.exists(keys.batch), { interval: 1, timeout: 10_000 })
        .toBe(1),
    ]);
    if ((await use.servers.redis.exists(keys.batch)) === 1) killedInSync += 1;
    await app.kill();
    isOver = true;
    await Promise.all([...senders, syncing]);
  }

  const app = await start();
  await expect.poll(async () => (await sync(app)).status, { timeout: 20_000 }).toBe(200);
  expect((await sync(app)).body).toMatchObject({ message: "No Redis overlays to flush" });
  await app.stop();

  const { rows } = await use.servers.pool.query<{ topicId: string; views: number }>(
    `SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1`,
    [daoSlug],
  );
  const wrong = rows.filter(({ topicId, views }) => {
    const atLeast = told.get(topicId) ?? 0;
    return views < atLeast || views > atLeast + (unsure.get(topicId) ?? 0);
  });
  expect(wrong).toEqual([]);
  const persisted = new Set(rows.map(({ topicId }) => topicId));
  expect([...told.keys()].filter((topicId) => !persisted.has(topicId))).toEqual([]);
  const { pool, redis } = use.servers;
  const books = await new BooksReader({ pool, redis, keys, daoSlug }).read();
  expect(books).toMatchObject({ difference: 0, overlay: 0, batch: 0, parked: 0 });
  expect(killedInSync).toBeGreaterThan(CYCLES / 2);
});
