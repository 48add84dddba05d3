import { expect, it } from "vitest";
import { seedHistory } from "../../scripts/demo/seed-history";
import { syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, useServers } from "../helpers/use-servers";

const use = useServers();

it("the demo's history adds up, is marked, and is made up once", async () => {
  const dao = syncFixture(use.servers);
  const { daoSlug, query } = dao;
  const seed = () => seedHistory(use.database.url, daoSlug);
  const views = await seed();
  const rows = await query<Record<string, number>>(
    `SELECT
       (SELECT sum(views) FROM forum_topic_view_stats WHERE dao_slug = $1)::int AS topics,
       (SELECT sum(views) FROM forum_topic_view_daily WHERE dao_slug = $1)::int AS days,
       (SELECT count(DISTINCT day) FROM forum_topic_view_daily WHERE dao_slug = $1)::int AS number,
       (SELECT sum(views) FROM view_kinds_daily WHERE dao_slug = $1
         AND kind IN ('wallet', 'anonymous')) - $2 BETWEEN -90 AND 90 AS kinds,
       (SELECT count(*) FROM sync_runs WHERE dao_slug = $1 AND status = 'failed'
         AND actor = 'demo data')::int AS failed`,
    views,
  );
  expect(rows).toEqual([{ topics: views, days: views, number: 90, kinds: true, failed: 4 }]);
  await dao.count("10003", 2);
  const { counters } = await dao.sync();
  expect(counters).toMatchObject({ total: 1, failed: 0, viewsFlushed: 2 });
  expect(Object.values(await dao.kept())).toEqual([{ views: 37, attempts: 5 }]);
  await expectBalanced(dao);
  expect(await seed()).toBeUndefined();
});
