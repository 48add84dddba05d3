import { describe, expect, it } from "vitest";
import { DependencyError } from "~/platform/dependency-error.server";
import { holdTopic } from "../helpers/hold-topic";
import { gate, intercept } from "../helpers/intercept";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { expectBalanced, useServers } from "../helpers/use-servers";

/**
 * A sync is a sequence of steps, each one script or one statement. Here it is broken off at every one
 * of them, before the step or after it, and another process goes on. What was accepted must be
 * persisted once, whatever the point.
 */

const use = useServers();

/**
 * Breaks off at the nth step, with `after` once the step has happened. Tells whether the run got that far.
 */
function breaking(
  dao: SyncFixture,
  step: number,
  when: "before" | "after",
  fault: () => Promise<never>,
) {
  let steps = 0;
  const state = { reached: false };
  async function around(_method: string, call: () => Promise<unknown>): Promise<unknown> {
    steps += 1;
    if (steps !== step) return call();
    state.reached = true;
    // If PostgreSQL has refused the step, the refusal is lost.
    if (when === "after") await call().catch(() => undefined);
    return fault();
  }
  return {
    state,
    batches: intercept(dao.batches, around),
    ledger: intercept(dao.ledger, around),
  };
}

/** A scene that uses every step: chunks, a failing target, one under its older name, and a row that somebody holds. */
async function setScene(): Promise<{ dao: SyncFixture; release: () => Promise<void> }> {
  const dao = syncFixture(use.servers);
  await dao.count("a", 1);
  await dao.count("b", 2);
  await dao.count("c", 4);
  await dao.redis.zadd(dao.keys.overlay, 8, "topic:a", 3, "nonsense");
  return { dao, release: await holdTopic(dao.pool, { daoSlug: dao.daoSlug, topicId: "c" }) };
}

const accepted = { a: 1 + 8 + 16, b: 2 + 32, c: 4 };

async function finishWithAnotherProcess(dao: SyncFixture): Promise<void> {
  await dao.count("a", 16);
  await dao.count("b", 32);
  const successor = dao.engine({ leaseSeconds: 0, chunkSize: 2 });
  for (let sync = 0; sync < 3; sync += 1) await dao.sync(successor);
}

async function expectExactlyOnce(dao: SyncFixture): Promise<void> {
  expect(await dao.persistedByTopic()).toEqual(accepted);
  await expectBalanced(dao);
  expect(await dao.redis.exists(dao.keys.batch)).toBe(0);
  expect(await dao.kept()).toMatchObject({ nonsense: { views: 3 } });
  expect(Object.keys(await dao.kept())).toHaveLength(1);
  expect(await dao.redis.exists(dao.keys.overlay, dao.keys.batchMembers)).toBe(0);
  const rows = await dao.query<{ sum: string }>(
    `SELECT sum(views) FROM forum_topic_view_daily WHERE dao_slug = $1`,
  );
  expect(Number(rows[0]?.sum)).toBe(Object.values(accepted).reduce((sum, count) => sum + count));
}

const MOST_STEPS = 200;
const options = { chunkSize: 2, lockSeconds: 0.02 };

describe.each(["before", "after"] as const)("a sync broken off %s every step", (when) => {
  it("by a crash of the process", { timeout: 120_000 }, async () => {
    let points = 0;
    for (let step = 1; step <= MOST_STEPS; step += 1) {
      const { dao, release } = await setScene();
      const crash = gate();
      // A dead process takes no further step: this one never comes back.
      const { state, batches, ledger } = breaking(dao, step, when, () => {
        crash.open();
        return new Promise<never>(() => {});
      });
      await Promise.race([dao.sync(dao.engine({ batches, ledger, ...options })), crash.opened]);
      await release();
      if (!state.reached) break;
      points += 1;
      await finishWithAnotherProcess(dao);
      await expectExactlyOnce(dao);
    }
    expect(points).toBeGreaterThan(15);
    expect(points).toBeLessThan(MOST_STEPS);
  });

  it("by the loss of a connection, in the same process", { timeout: 120_000 }, async () => {
    let points = 0;
    for (let step = 1; step <= MOST_STEPS; step += 1) {
      const { dao, release } = await setScene();
      const { state, batches, ledger } = breaking(dao, step, when, () =>
        Promise.reject(new DependencyError("redis", "Redis connection failed", undefined)),
      );
      const engine = dao.engine({ batches, ledger, ...options });
      const outcome = await dao.sync(engine).catch((error: Error) => ({ failure: error.message }));
      await release();
      if (!state.reached) break;
      points += 1;
      expect(outcome.failure).toMatch(/connection failed$/);
      await finishWithAnotherProcess(dao);
      await expectExactlyOnce(dao);
    }
    expect(points).toBeGreaterThan(15);
  });
});
