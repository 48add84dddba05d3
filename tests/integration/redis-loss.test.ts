import { describe, expect, it } from "vitest";
import { gate, intercept, refusing } from "../helpers/intercept";
import { syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest, useServers } from "../helpers/use-servers";

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));

async function wipe(): Promise<void> {
  for (const key of await dao.redis.keys(`fv:{${dao.daoSlug}}:*`)) await dao.redis.del(key);
}

/** A sync whose process dies when it is about to take this step: it never comes back. */
async function crashAt(step: string): Promise<void> {
  const crash = gate();
  const ledger = intercept(dao.ledger, (method, call) => {
    if (method !== step) return call();
    crash.open();
    return new Promise<never>(() => {});
  });
  await Promise.race([dao.sync(dao.engine({ ledger })), crash.opened]);
}

describe("what Redis loses", () => {
  it("leaves a warning on the run that noticed it, even where that run came to no end", async () => {
    await dao.count("1", 3);
    await dao.sync();
    await wipe();
    await dao.count("1", 2);
    await crashAt("recordBatch");
    await dao.sync(dao.engine({ leaseSeconds: 0 }));
    expect(await dao.persisted("1")).toBe(5);
    await expectBalanced(dao);
    const rows = await dao.query<{ status: string; warning: string | null }>(
      "SELECT status, warning FROM sync_runs WHERE dao_slug = $1 ORDER BY id",
    );
    expect(rows.map(({ status }) => status)).toEqual(["succeeded", "interrupted", "succeeded"]);
    expect(rows[1]?.warning).toMatch(/Redis had lost all its data/);
  });

  it("fails the run when it loses the batch before that is read", async () => {
    await dao.count("1", 3);
    const losing = intercept(dao.batches, async (method, call) => {
      if (method === "read") await dao.redis.del(dao.keys.batchMembers, dao.keys.batch);
      return call();
    });
    const outcome = await dao.sync(dao.engine({ batches: losing }));
    expect(outcome).toMatchObject({ status: "failed", counters: { total: 1, flushed: 0 } });
    expect(await dao.persisted("1")).toBe(0);
    expect((await dao.books.read()).difference).toBe(3);
  });

  it("does not touch what PostgreSQL keeps of failing targets", async () => {
    await dao.redis.zadd(dao.keys.overlay, "5", "topic:old");
    await dao.count("kept", 4);
    const methods = ["applyChunk", "retryTargets"];
    await dao.sync(dao.engine({ ledger: refusing(dao.ledger, "23514", { methods }) }));
    await wipe();
    await dao.count("new", 1);
    expect((await dao.sync()).counters).toMatchObject({ total: 3, flushed: 3, viewsFlushed: 10 });
    expect(await dao.persisted("kept")).toBe(4);
    expect(await dao.persisted("old")).toBe(5);
    await expectBalanced(dao);
  });

  it("is noticed between two batches of one run, too", async () => {
    await dao.count("1", 3);
    await dao.sync();
    await dao.count("1", 1);
    // Nothing of this batch has been applied yet, so that only this run raises the mark.
    await crashAt("applyChunk");
    let opened = 0;
    const goingBack = intercept(dao.batches, async (method, call) => {
      if (method === "open") opened += 1;
      if (method === "open" && opened === 2) {
        await dao.redis.set(dao.keys.lastBatch, "1");
        await dao.count("1", 4);
      }
      return call();
    });
    const outcome = await dao.sync(dao.engine({ batches: goingBack, leaseSeconds: 0 }));
    expect(outcome.failure).toMatch(/Redis has lost a batch/);
    expect(await dao.redis.zscore(dao.keys.overlay, "forum_topic:1")).toBe("4");
  });

  it("between two batches of one run does not hide views behind an id in use", async () => {
    await dao.count("1", 3);
    await dao.sync();
    await dao.count("1", 1);
    await dao.count("2", 1);
    await dao.sync(dao.engine({ chunkSize: 1, maxSeconds: 0 }));
    let opened = 0;
    const wiping = intercept(dao.batches, async (method, call) => {
      if (method === "open") opened += 1;
      if (method === "open" && opened === 2) {
        await wipe();
        await dao.count("1", 4);
        await dao.count("2", 4);
      }
      return call();
    });
    await dao.sync(dao.engine({ batches: wiping }));
    expect((await dao.persisted("1")) + (await dao.persisted("2"))).toBe(3 + 2 + 8);
    await expectBalanced(dao);
  });
});
