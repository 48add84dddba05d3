import { beforeEach, describe, expect, it } from "vitest";
import { takeForDiscard } from "~/sync/redis/batch-scripts";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

const use = useServers();
let dao: SyncFixture;

beforeEach(() => {
  dao = syncFixture(use.servers);
});

describe("a discard", () => {
  const request = { reason: "a bot's views", actor: "admin@example.org" };

  it("takes nothing before the first sync has opened the books", async () => {
    await dao.count("spam", 5);
    const discarded = await dao.discards.discard({ ...request, targets: ["forum_topic:spam"] });
    expect(discarded).toMatchObject({ targets: 0, views: 0 });
    expect(await dao.tracker.getRedisOverlay("forum_topic", "spam")).toBe(5);
  });

  it("takes the views of its targets out, and books them", async () => {
    await dao.sync();
    await dao.count("spam", 5);
    await dao.count("fine", 2);
    const { views } = await dao.discards.discard({ ...request, targets: ["forum_topic:spam"] });
    expect(views).toBe(5);
    expect(await dao.books.read()).toMatchObject({ discarded: 5, overlay: 2, difference: 0 });
    await dao.sync();
    expect(await dao.persisted("spam")).toBe(0);
    expect(await dao.persisted("fine")).toBe(2);
    const { rows } = await dao.pool.query(
      `SELECT actor, action FROM audit_log WHERE dao_slug = $1`,
      [dao.daoSlug],
    );
    expect(rows).toEqual([{ actor: request.actor, action: "discard" }]);
  });

  it("of a parked target ends its failures, and one that took nothing ends none", async () => {
    await dao.redis.zadd(dao.keys.overlay, "3", "post:1");
    for (let attempt = 0; attempt < 5; attempt += 1) await dao.sync();
    const failing = async () =>
      (await dao.pool.query(`SELECT FROM failed_targets WHERE dao_slug = $1`, [dao.daoSlug]))
        .rowCount;
    await dao.discards.discard({ ...request, from: "overlay", targets: ["post:1"] });
    expect(await failing()).toBe(1);
    await dao.discards.discard({ ...request, targets: ["post:1"] });
    expect(await failing()).toBe(0);
  });

  it("that a crash leaves half done is finished by the next sync, and never lost", async () => {
    await dao.count("spam", 5);
    const { rows } = await dao.pool.query<{ id: string }>(
      `INSERT INTO discards (dao_slug, actor, reason, targets, created_at)
       VALUES ($1, 'admin', 'test', '{forum_topic:spam}', now() - interval '1 hour') RETURNING id`,
      [dao.daoSlug],
    );
    const id = rows[0]!.id;
    // What the script does, before the process dies.
    await dao.redis
      .multi()
      .zrem(dao.keys.overlay, "forum_topic:spam")
      .zadd(dao.keys.discard(id), 5, "forum_topic:spam")
      .hincrby(dao.keys.totals, "overlay", -5)
      .hincrby(dao.keys.totals, `discard:${id}`, 5)
      .exec();
    expect(await dao.books.read()).toMatchObject({ discarding: 5, difference: 0 });
    await dao.sync();
    expect(await dao.books.read()).toMatchObject({ discarding: 0, discarded: 5, difference: 0 });
    expect(await dao.redis.exists(dao.keys.discard(id))).toBe(0);
  });

  it("that is done takes nothing more, though a copy of its script arrives late", async () => {
    await dao.sync();
    await dao.count("spam", 5);
    const { id } = await dao.discards.discard({ ...request, targets: ["forum_topic:spam"] });
    await dao.count("spam", 3);
    const { overlay, parked, totals, discard, discardDone, lastBatch } = dao.keys;
    const script = [overlay, parked, totals, discard(id), discardDone(id), lastBatch];
    expect(await takeForDiscard.run(dao.redis, script, [id, "parked", "forum_topic:spam"])).toBe(0);
    expect(await dao.books.read()).toMatchObject({ overlay: 3, discarded: 5, difference: 0 });
  });

  it("that is booked again, because its place was not forgotten, adds nothing", async () => {
    await dao.sync();
    await dao.count("spam", 5);
    const { id } = await dao.discards.discard({ ...request, targets: ["forum_topic:spam"] });
    await dao.pool.query(
      "UPDATE discards SET created_at = created_at - interval '1 hour' WHERE id = $1",
      [id],
    );
    await dao.redis
      .multi()
      .zadd(dao.keys.discard(id), 5, "forum_topic:spam")
      .hincrby(dao.keys.totals, `discard:${id}`, 5)
      .exec();
    expect(await dao.discards.finishUnfinished()).toBe(1);
    expect(await dao.books.read()).toMatchObject({ discarding: 0, discarded: 5, difference: 0 });
    const audited = await dao.pool.query("SELECT FROM audit_log WHERE dao_slug = $1", [
      dao.daoSlug,
    ]);
    expect(audited.rowCount).toBe(1);
  });

  it("that is going on right now is left to whoever is at it", async () => {
    await dao.pool.query(
      `INSERT INTO discards (dao_slug, actor, reason, targets)
       VALUES ($1, 'admin', 'test', '{forum_topic:spam}')`,
      [dao.daoSlug],
    );
    expect(await dao.discards.finishUnfinished()).toBe(0);
  });

  it("of what waits ends no failure whose views are parked", async () => {
    await dao.redis.zadd(dao.keys.overlay, "3", "post:1");
    for (let attempt = 0; attempt < 5; attempt += 1) await dao.sync();
    await dao.redis.zadd(dao.keys.overlay, "2", "post:1");
    const discarded = await dao.discards.discard({
      ...request,
      from: "overlay",
      targets: ["post:1"],
    });
    expect(discarded.targets).toBe(1);
    const failing = await dao.pool.query("SELECT FROM failed_targets WHERE dao_slug = $1", [
      dao.daoSlug,
    ]);
    expect(failing.rowCount).toBe(1);
  });
});
