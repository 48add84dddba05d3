import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { LegacyCounters } from "~/counting/legacy-counters.server";
import { TopicViewsReader } from "~/counting/topic-views.server";
import { BooksReader } from "~/sync/balance/books.server";
import {
  adopt,
  adoptAndReplace,
  undo,
  type AdoptOptions,
} from "../../scripts/database/adopt-command";
import { applyMigrations } from "../../scripts/database/schema-engine";
import { withClient } from "../../scripts/database/with-client";
import { createTestDatabase, testRedis } from "../helpers/database";
import { OLD_TABLE, oldSchema, OldForum } from "../helpers/old-forum";
import { runScript } from "../helpers/run-script";
import { connectServers, syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest } from "../helpers/use-servers";

/** `npm run db:adopt`: the views of the implementation before this one. */

const DAO = "ens";
/** A random name, because all databases of a server share its roles. */
const reader = `reader_${randomBytes(6).toString("hex")}`;
const database = forEachTest(() => createTestDatabase({ bare: true }));
let url: string;

beforeEach(async () => {
  await query("CREATE SCHEMA forum_views");
  url = `${database.url}?schema=forum_views`;
  await applyMigrations(url);
});

/** The lines that the command prints. */
async function run(
  command: (options: AdoptOptions) => Promise<void>,
  { daoSlug = DAO, ...options }: Partial<AdoptOptions> = {},
): Promise<string[]> {
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  await command({ table: OLD_TABLE, url, from: url, daoSlug, dao: daoSlug, say, ...options });
  return lines;
}

function query<Row extends object>(statement: string, at = database.url): Promise<Row[]> {
  return withClient(at, async (client) => (await client.query<Row>(statement)).rows);
}

/** Topic → views in our table. */
async function ours(daoSlug = DAO): Promise<Record<string, number>> {
  const rows = await query<{ topicId: string; views: number }>(
    `SELECT "topicId", views FROM forum_views.forum_topic_view_stats WHERE dao_slug = '${daoSlug}'`,
  );
  return Object.fromEntries(rows.map(({ topicId, views }) => [topicId, views]));
}

const oldRows = (dao: string) =>
  query(`SELECT * FROM ${OLD_TABLE} WHERE dao_slug = '${dao}' ORDER BY topic_id`);

async function realSchema(): Promise<void> {
  await query(`${oldSchema}
    INSERT INTO alltenant.forum_topics SELECT id, CASE WHEN id < 10 THEN 'ENS' ELSE 'OP' END::config.dao_slug
      FROM generate_series(1, 20) AS id;
    INSERT INTO ${OLD_TABLE} SELECT dao_slug, id, id * 10, '2026-01-02 03:04:05.678'
      FROM alltenant.forum_topics WHERE id IN (1, 2, 10, 11)`);
}

describe("the real schema", () => {
  beforeEach(realSchema);

  it("gives the rows of this DAO, and what each has grown by since the last time", async () => {
    const others = await oldRows("OP");
    expect(await run(adopt)).toEqual([
      "Brought in 30 views of 2 topics",
      "Left alone 2 rows: of another DAO",
    ]);
    expect(await ours()).toEqual({ 1: 10, 2: 20 });
    await query(`UPDATE ${OLD_TABLE} SET views = views + 5 WHERE topic_id IN (2, 11)`);
    await query(`INSERT INTO ${OLD_TABLE} VALUES ('ENS', 3, 7)`);
    await query(
      `UPDATE forum_views.forum_topic_view_stats SET views = views + 100 WHERE "topicId" = '2'`,
    );
    expect((await run(adopt))[0]).toBe("Brought in 12 views of 2 topics");
    expect((await run(adopt))[0]).toBe("Brought in 0 views of 0 topics");
    expect(await ours()).toEqual({ 1: 10, 2: 125, 3: 7 });
    const dates = await query(
      `SELECT "lastUpdated"::text FROM forum_views.forum_topic_view_stats WHERE "topicId" = '1'`,
    );
    expect(dates).toEqual([{ lastUpdated: "2026-01-02 03:04:05.678" }]);
    await query(`UPDATE ${OLD_TABLE} SET views = views - 5 WHERE topic_id = 11`);
    expect(await oldRows("OP")).toEqual(others);
  });

  it("comes in once, however many adopt at the same time", async () => {
    await Promise.all([1, 2, 3].map(() => run(adopt)));
    expect(await ours()).toEqual({ 1: 10, 2: 20 });
    const books = await query("SELECT applied, adopted FROM forum_views.view_books");
    expect(books).toEqual([{ applied: "30", adopted: "30" }]);
  });

  it("shows what Forum Views counts to readers of the old table, until that is undone", async () => {
    await query(`CREATE ROLE ${reader}; GRANT SELECT ON ${OLD_TABLE} TO ${reader}`);
    const typesOf = (table: string) =>
      query(
        `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
         WHERE attrelid = '${table}'::regclass AND attnum > 0 ORDER BY attnum`,
      );
    const [types, before, others] = [
      await typesOf(OLD_TABLE),
      await oldRows("ENS"),
      await oldRows("OP"),
    ];
    await run(adoptAndReplace);
    expect(await typesOf(OLD_TABLE)).toEqual(types);
    expect(await oldRows("ENS")).toEqual(before);
    expect(await oldRows("OP")).toEqual(others);

    await query(`UPDATE forum_views.forum_topic_view_stats SET views = views + 3 WHERE "topicId" = '1';
      INSERT INTO forum_views.forum_topic_view_stats VALUES
        ('ens', '4', 8, now()), ('ens', 'a-word', 9, now()), ('ens', '999', 2, now())`);
    const canRead = await query(
      `SELECT has_table_privilege('${reader}', '${OLD_TABLE}', 'SELECT') AS can,
         has_table_privilege('${reader}', '${OLD_TABLE}', 'UPDATE') AS more`,
    );
    expect(canRead).toEqual([{ can: true, more: false }]);
    await query(`SELECT views FROM ${OLD_TABLE} WHERE topic_id = 4`);
    const views = async () =>
      Object.fromEntries(
        (await oldRows("ENS")).map((row) => Object.values(row).slice(1, 3) as [number, number]),
      );
    expect(await views()).toEqual({ 1: 13, 2: 20, 4: 8, 999: 2 });
    expect((await run(adopt))[0]).toBe("Brought in 0 views of 0 topics");
    expect((await run(adoptAndReplace)).at(-1)).toBe("A view stands in the table's place already");

    expect(await run(undo)).toEqual([
      `${OLD_TABLE} is again what it was before`,
      "Added 11 views of 2 topics to it",
      "Left alone 2 topics that the table does not take: 999, a-word",
    ]);
    expect(await views()).toEqual({ 1: 13, 2: 20, 4: 8 });
    expect(await oldRows("OP")).toEqual(others);
    expect((await run(adopt))[0]).toBe("Brought in 0 views of 0 topics");
    expect((await run(undo))[0]).toBe("Added 0 views of 0 topics to it");
  });

  it("takes a view for each of several DAOs, undone in the other order", async () => {
    const before = [await oldRows("ENS"), await oldRows("OP")];
    const both = [{ daoSlug: "ens" }, { daoSlug: "OP" }];
    for (const dao of both) {
      await run(adoptAndReplace, dao);
    }
    await query("UPDATE forum_views.forum_topic_view_stats SET views = views + 1");
    expect(await query(`SELECT sum(views)::int FROM ${OLD_TABLE}`)).toEqual([{ sum: 244 }]);
    await expect(run(undo, both[0])).rejects.toThrow("undo the view of op first");
    for (const dao of both.toReversed()) {
      await run(undo, dao);
    }
    expect(await query(`SELECT sum(views)::int FROM ${OLD_TABLE}`)).toEqual([{ sum: 244 }]);
    await query(
      `UPDATE ${OLD_TABLE} SET views = views - 1, last_updated = '2026-01-02 03:04:05.678'`,
    );
    expect([await oldRows("ENS"), await oldRows("OP")]).toEqual(before);
  });
});

describe("other tables", () => {
  it.each(["INTEGER", "BIGINT", "TEXT"])("may have ids of type %s", async (type) => {
    await query(`CREATE TABLE public.views ("dao_slug" VARCHAR(50), "topicId" ${type}, views INTEGER, "lastUpdated" TIMESTAMPTZ);
      INSERT INTO public.views VALUES ('ENS', '7', 70, '2026-01-02 03:04:05Z'), ('ens', '7', 1, NULL), ('uni', '7', 80, now())`);
    await run(adopt, { table: "public.views", dao: "Ens" });
    expect(await ours()).toEqual({ 7: 71 });
  });

  it("may be in another database", async () => {
    const elsewhere = await createTestDatabase({ bare: true });
    try {
      await query(
        `${oldSchema} INSERT INTO alltenant.forum_topics VALUES (1, 'ENS'); INSERT INTO ${OLD_TABLE} VALUES ('ENS', 1, 5)`,
        elsewhere.url,
      );
      const lines = await run(adopt, { from: elsewhere.url });
      expect(lines).toEqual(["Brought in 5 views of 1 topics"]);
    } finally {
      await elsewhere.drop();
    }
  });

  it("keep what ours cannot hold, and it says why", async () => {
    await query(`CREATE TABLE public.views (dao_slug TEXT, topic_id TEXT, views BIGINT, last_updated TIMESTAMP);
      INSERT INTO public.views VALUES ('ens', 'good', 1, now()), ('ens', 'not good', 2, now()),
        ('ens', 'many', 3000000000, now()), ('ens', 'full', 10, now()), ('ens', NULL, 3, now());
      INSERT INTO forum_views.forum_topic_view_stats VALUES ('ens', 'full', 2147483640, now())`);
    expect((await run(adopt, { table: "public.views" })).toSorted()).toEqual([
      "Brought in 1 views of 1 topics",
      "Left alone 1 rows: the number of views is unusable",
      "Left alone 1 rows: the topic would have more than 2147483647 views",
      "Left alone 2 rows: the id is unusable",
    ]);
  });

  it.each([
    [adopt, { table: "nowhere" }, "there is no table nowhere in this database"],
    [adopt, { table: "public.odd" }, "has no column lastUpdated or last_updated"],
    [
      adopt,
      { table: "public.views" },
      "the table has no DAO ens: it has uni. Name the DAO by --dao",
    ],
    [adopt, { table: "forum_topic_view_stats" }, "is the table of Forum Views itself"],
    [
      adoptAndReplace,
      { table: "public.views", dao: "uni" },
      "could not fill these columns of the table: further",
    ],
  ])("are refused with a sentence: %o %o", async (command, options, message) => {
    await query(`CREATE TABLE public.odd (dao_slug TEXT, topic_id TEXT, views BIGINT);
      CREATE TABLE public.views (dao_slug TEXT, topic_id TEXT, views BIGINT, last_updated TIMESTAMP, further TEXT);
      INSERT INTO public.views VALUES ('uni', '1', 1, now())`);
    await expect(run(command, options)).rejects.toThrow(message);
  });
});

it("the command prints what it did, and how to use it", async () => {
  await realSchema();
  const npmRun = (...options: string[]) =>
    runScript("db-adopt", options, { DATABASE_URL: url, DAO_SLUG: DAO });
  expect(await npmRun("--table", OLD_TABLE)).toMatchObject({
    code: 0,
    output: expect.stringContaining("Brought in 30 views of 2 topics\n") as string,
  });
  expect(await npmRun("--table", "x", "--undo", "--from", "postgresql://x/y")).toMatchObject({
    code: 2,
    log: expect.stringMatching(/^--from: only a table[^]*Usage: npm run db:adopt/) as string,
  });
});

/** How long the old forum runs beside ours. */
const SIDE_BY_SIDE_MS = Number(process.env.SWITCH_SECONDS ?? 4) * 1_000;

it("the whole switch, and the way back: the totals are exact after each step", async () => {
  const topics = 2_000;
  const daoOf = (topic: number) => (topic % 2 === 0 ? "ENS" : "OP");
  await query(`${oldSchema} INSERT INTO alltenant.forum_topics
    SELECT id, CASE WHEN id % 2 = 0 THEN 'ENS' ELSE 'OP' END::config.dao_slug FROM generate_series(1, ${topics}) AS id`);
  const servers = connectServers(url, testRedis());
  const dao = syncFixture(servers);
  const { daoSlug, redis, pool, keys, tracker } = dao;
  const forum = new OldForum(testRedis(), database.url, `vcount-${daoSlug}`, daoOf);
  const step = (command: typeof adopt) => run(command, { daoSlug, dao: "ens" });
  /** Topics of the DAO that switches. */
  const expected = () => new Map([...forum.counted].filter(([topic]) => daoOf(topic) === "ENS"));
  const expectOurs = async () => {
    const wanted = Object.fromEntries(expected());
    expect(await ours(daoSlug)).toEqual(wanted);
  };
  const opTotals = async () => {
    await forum.sync();
    const rows = await query<{ topic_id: number; views: number }>(
      `SELECT topic_id, views FROM ${OLD_TABLE} WHERE dao_slug = 'OP'`,
    );
    const wanted = [...forum.counted].filter(([topic]) => daoOf(topic) === "OP");
    expect(new Map(rows.map(({ topic_id, views }) => [topic_id, views]))).toEqual(new Map(wanted));
  };
  const visit = async (views: number, only?: string) => {
    for (let view = 0; view < views; view += 1) {
      const topic = 1 + ((view * 7_919) % topics);
      if (only === undefined || daoOf(topic) === only) await forum.count(topic);
    }
  };

  // 1. Prepare, while the old implementation continues.
  await visit(3_000);
  await forum.sync();
  await step(adopt);
  await expectOurs();

  // 2. Side by side: both crons run, and our sync has no old counters to take over yet.
  const until = Date.now() + SIDE_BY_SIDE_MS;
  let isOver = false;
  const visitors = [1, 2, 3].map(async (seed) => {
    for (let view = seed; Date.now() < until; view += 3)
      await forum.count(1 + ((view * 31) % topics));
  });
  const oldCron = (async () => {
    while (!isOver) await forum.sync();
  })();
  const ourCron = (async () => {
    while (!isOver) {
      await step(adopt);
      await dao.sync();
    }
  })();
  await Promise.all(visitors);
  isOver = true;
  await Promise.all([oldCron, ourCron]);

  // 3. Compared, after the last old sync.
  await opTotals();
  await step(adopt);
  await expectOurs();
  await expectBalanced(dao);

  // 4. Move: the old sync is off for this DAO; our sync takes over its last counters; readers see the view.
  await visit(500, "ENS");
  const prefix = forum.prefix;
  const legacyCounters = new LegacyCounters({ redis, pool, keys, daoSlug, prefix });
  await dao.sync(dao.engine({ legacyCounters }));
  await expectOurs();
  await expectBalanced(dao);
  const reader = new TopicViewsReader({ tracker, pool, daoSlug });
  expect((await reader.read(["2"]))[0]).toMatchObject({ source: "postgres", isRealTime: false });
  await step(adoptAndReplace);
  await dao.count("2", 3);
  forum.counted.set(2, (forum.counted.get(2) ?? 0) + 3);
  expect((await reader.read(["2"]))[0]).toMatchObject({
    source: "redis+postgres",
    isRealTime: true,
    uniqueViews: forum.counted.get(2),
  });
  await dao.sync();
  const shown = await query<{ topic_id: number; views: number }>(
    `SELECT topic_id, views FROM ${OLD_TABLE} WHERE dao_slug = 'ENS'`,
  );
  expect(new Map(shown.map(({ topic_id, views }) => [topic_id, views]))).toEqual(expected());

  // 5. The way back.
  await step(undo);
  await visit(300);
  await opTotals();
  const back = await query<{ topic_id: number; views: number }>(
    `SELECT topic_id, views FROM ${OLD_TABLE} WHERE dao_slug = 'ENS'`,
  );
  expect(new Map(back.map(({ topic_id, views }) => [topic_id, views]))).toEqual(expected());
  // And forward again.
  await step(adopt);
  await expectOurs();
  await expectBalanced(dao);
  expect((await new BooksReader({ pool, redis, keys, daoSlug }).read()).isSettled).toBe(true);
  forum.close();
  await servers.close();
}, 240_000);
