import { describe, expect, it, vi } from "vitest";
import { databaseError } from "~/platform/dependency-error.server";
import { targetLabel } from "~/sync/engine/sort-members";
import { StoppingError } from "~/sync/sync-errors";
import { gate, intercept, refusing } from "../helpers/intercept";
import { fillOverlay, syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest, useServers } from "../helpers/use-servers";

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));

function topics(count: number, views = 1): Map<string, number> {
  return new Map(Array.from({ length: count }, (_, index) => [`t${index}`, views]));
}

/** Makes PostgreSQL refuse topics, as a trigger of the forum's own might, with any error code. */
async function poison(topicIds: string[], code = "P0001"): Promise<() => Promise<unknown>> {
  const name = `refuse_${dao.daoSlug.replace("-", "_")}`;
  await dao.pool.query(`
    CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW."topicId" = ANY ('{${topicIds.join(",")}}') AND NEW.dao_slug = '${dao.daoSlug}' THEN
        RAISE EXCEPTION 'this topic is locked' USING ERRCODE = '${code}';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON forum_topic_view_stats
      FOR EACH ROW EXECUTE FUNCTION ${name}()`);
  return () => dao.pool.query(`DROP FUNCTION ${name} CASCADE`);
}

/** An engine whose run an admin stops when it is about to take this step. */
function stoppedBefore(step: string, options: { chunkSize: number }) {
  let now = 0;
  const clock = { now: () => (now += 1_000), sleep: () => Promise.resolve() };
  const ledger = intercept(dao.ledger, async (method, call, [run]) => {
    if (method === step) await dao.repairs.requestStop(String(run), "ada@example.org");
    return call();
  });
  return dao.engine({ ...options, clock, ledger });
}

describe("a sync of everything", () => {
  it("persists every accepted view once", async () => {
    await dao.count("1", 3);
    await dao.count("2", 1);
    const outcome = await dao.sync();
    expect(outcome).toMatchObject({
      status: "succeeded",
      counters: { total: 2, flushed: 2, failed: 0, viewsFlushed: 4, recovered: 0 },
      errors: [],
      failure: undefined,
    });
    expect(await dao.persisted("1")).toBe(3);
    expect(await dao.persisted("2")).toBe(1);
    await dao.count("1", 2);
    await dao.sync();
    expect(await dao.persisted("1")).toBe(5);
    await expectBalanced(dao);
  });

  it("counts a target under its older type name as the same topic", async () => {
    await dao.count("9", 3);
    await dao.redis.zadd(dao.keys.overlay, 5, "topic:9", 2, "topic:10");
    const outcome = await dao.sync();
    expect(outcome).toMatchObject({
      status: "succeeded",
      counters: { total: 3, flushed: 3, failed: 0, viewsFlushed: 10 },
      errors: [],
    });
    expect(await dao.persisted("9")).toBe(8);
    expect(await dao.persisted("10")).toBe(2);
    await expectBalanced(dao);
  });

  it("counts exactly what fails while the next chunk is being applied", async () => {
    await fillOverlay(dao, topics(600, 2));
    const odd = Array.from({ length: 60 }, (_, index) => [1, `nonsense ${index}`]);
    await dao.redis.zadd(dao.keys.overlay, ...odd.flat());
    const removeCause = await poison(["t1", "t12", "t340", "t341", "t555"]);
    const outcome = await dao.sync(dao.engine({ chunkSize: 20 }));
    await removeCause();
    expect(outcome.counters).toMatchObject({
      total: 660,
      flushed: 595,
      failed: 65,
      viewsFlushed: 1_190,
    });
    expect(outcome.errors).toHaveLength(65);
    await expectBalanced(dao);
  });

  it("ends behind a chunk when its time is up, and the next run takes the rest", async () => {
    await fillOverlay(dao, topics(30));
    const first = await dao.sync(dao.engine({ chunkSize: 10, maxSeconds: 0 }));
    expect(first).toMatchObject({ status: "partial", counters: { total: 30, flushed: 10 } });
    expect(first.failure).toBeUndefined();
    await expectBalanced(dao);
    const second = await dao.sync();
    expect(second.counters).toMatchObject({
      total: 20,
      flushed: 20,
      recovered: 20,
      viewsFlushed: 20,
    });
    await expectBalanced(dao);
  });

  it("opens no further batch when its time is up", async () => {
    await fillOverlay(dao, topics(20));
    await dao.sync(dao.engine({ chunkSize: 10, maxSeconds: 0 }));
    await dao.count("new", 1);
    const second = await dao.sync(dao.engine({ chunkSize: 10, maxSeconds: 0 }));
    expect(second.counters).toMatchObject({ total: 10, flushed: 10, recovered: 10 });
    expect(await dao.redis.zscore(dao.keys.overlay, "forum_topic:new")).toBe("1");
  });

  it("ends behind a chunk when the process stops", async () => {
    await fillOverlay(dao, topics(30));
    const engine = dao.engine({ chunkSize: 10 });
    const started = await engine.start({ trigger: "cron", actor: "cron" });
    if (started.kind === "busy") throw new Error("busy");
    await engine.stop();
    expect(await started.finished).toMatchObject({ status: "partial", counters: { flushed: 10 } });
    expect((await dao.sync()).counters.viewsFlushed).toBe(20);
    await expectBalanced(dao);
  });

  it("ends behind a chunk when an admin stops it, and the next run takes the rest", async () => {
    await fillOverlay(dao, topics(30));
    // Chunks are applied two at a time. The second one looks before it begins.
    const stopped = await dao.sync(stoppedBefore("recordBatch", { chunkSize: 10 }));
    expect(stopped).toMatchObject({ status: "partial", counters: { total: 30, flushed: 10 } });
    const { rows } = await dao.pool.query<{ warning: string; audited: string[] }>(
      `SELECT warning, ARRAY(SELECT action FROM audit_log WHERE run_id = sync_runs.id) AS audited
       FROM sync_runs WHERE id = $1`,
      [stopped.run],
    );
    expect(rows[0]).toEqual({
      warning: "ada@example.org stopped the run; the rest is kept where it is, for the next run",
      audited: ["run-stop"],
    });
    expect(await dao.repairs.requestStop(stopped.run, "ada@example.org")).toBe(false);
    expect((await dao.sync()).counters.viewsFlushed).toBe(20);
    await expectBalanced(dao);
  });

  it("stops a retry, too, and what it did not reach is still kept", async () => {
    const poisoned = [1, 2, 3].map((index) => `r${index}`);
    await dao.query(
      `INSERT INTO failed_targets (dao_slug, target, "topicId", views, last_error, last_run_id)
       SELECT $1, 'forum_topic:' || id, id, 2, 'locked', 1 FROM unnest($2::text[]) AS id`,
      poisoned,
    );
    const targets = poisoned.map((id) => `forum_topic:${id}`);
    const request = { trigger: "retry", actor: "ada@example.org", targets } as const;
    const outcome = await dao.sync(stoppedBefore("retryTargets", { chunkSize: 1 }), request);
    expect(outcome).toMatchObject({ status: "partial", counters: { flushed: 1 } });
    expect(Object.keys(await dao.kept())).toHaveLength(2);
    // The audit log names who began it, and what was kept of each target.
    const { rows } = await dao.pool.query<{ details: unknown }>(
      "SELECT details FROM audit_log WHERE run_id = $1 AND action = 'retry'",
      [outcome.run],
    );
    const retried = Object.fromEntries(targets.map((target) => [target, 2]));
    expect(rows[0]?.details).toEqual({ targets: 3, views: 6, retried });
  });

  it("does not begin in a process that stops", async () => {
    const engine = dao.engine();
    await engine.stop();
    await expect(engine.start({ trigger: "cron", actor: "cron" })).rejects.toThrow(StoppingError);
    expect((await dao.sync()).status).toBe("empty");
  });

  it("lets only one run at a time in", async () => {
    await dao.count("1", 3);
    const { open, opened } = gate();
    const waiting = intercept(dao.batches, (_method, call) => opened.then(call));
    const engines = Array.from({ length: 8 }, () => dao.engine({ batches: waiting }));
    const results = await Promise.all(
      engines.map((engine) => engine.start({ trigger: "cron", actor: "cron" })),
    );
    open();
    const started = results.filter((result) => result.kind === "started");
    const busy = results.filter((result) => result.kind === "busy");
    expect(started).toHaveLength(1);
    expect(new Set(busy.map(({ run }) => run))).toEqual(new Set([started[0]?.run]));
    expect(await started[0]?.finished).toMatchObject({ counters: { flushed: 1, viewsFlushed: 3 } });
    await expectBalanced(dao);
  });
});

describe("a close that is sent again because its answer was lost", () => {
  const sentAgain = () =>
    intercept(dao.batches, async (method, call) => {
      if (method === "close") await call();
      return call();
    });

  it("is no take-over: the run has taken everything", async () => {
    await dao.count("1", 3);
    const outcome = await dao.sync(dao.engine({ batches: sentAgain() }));
    expect(outcome).toMatchObject({ status: "succeeded", failure: undefined });
    expect(await dao.persisted("1")).toBe(3);
    await expectBalanced(dao);
  });

  it("tells of a take-over where there was one, and begins no next batch", async () => {
    await fillOverlay(dao, topics(20));
    await dao.sync(dao.engine({ chunkSize: 10, maxSeconds: 0 }));
    const batches = intercept(sentAgain(), async (method, call) => {
      if (method !== "close") return call();
      await dao.sync(dao.engine({ leaseSeconds: 0 }));
      await dao.count("1", 3);
      return call();
    });
    const outcome = await dao.sync(dao.engine({ batches }));
    expect(outcome).toMatchObject({ failure: "Another sync has taken over" });
    expect(await dao.redis.exists(dao.keys.batch)).toBe(0);
    await expectBalanced(dao);
  });
});

describe("targets that cannot be stored", () => {
  it("fail alone among 10,000, are kept, and go with the cause", async () => {
    await fillOverlay(dao, topics(10_000, 2));
    const removeCause = await poison(["t1234"]);
    const outcome = await dao.sync();
    expect(outcome).toMatchObject({
      status: "partial",
      counters: { total: 10_000, flushed: 9_999, failed: 1, viewsFlushed: 19_998 },
      errors: [
        { target: "forum_topic:t1234", error: "Refused by the database: this topic is locked" },
      ],
    });
    expect(await dao.kept()).toEqual({ "forum_topic:t1234": { views: 2, attempts: 1 } });
    expect(await dao.redis.zscore(dao.keys.overlay, "forum_topic:t1234")).toBeNull();
    await expectBalanced(dao);
    await removeCause();
    expect((await dao.sync()).counters).toMatchObject({ total: 1, flushed: 1, failed: 0 });
    expect(await dao.persisted("t1234")).toBe(2);
    expect(await dao.kept()).toEqual({});
    await expectBalanced(dao);
  });

  it("fail alone when they are refused with a code that could mean anything", async () => {
    await fillOverlay(dao, topics(20));
    const removeCause = await poison(["t7"], "XX000");
    const outcome = await dao.sync();
    expect(outcome.counters).toMatchObject({ flushed: 19, failed: 1 });
    expect(outcome.errors[0]?.error).toBe("Refused by the database (code XX000)");
    await removeCause();
    expect((await dao.sync()).counters).toMatchObject({ flushed: 1, failed: 0 });
    await expectBalanced(dao);
  });

  it("do not take the blame for a statement that cannot work at all", async () => {
    await dao.count("1", 2);
    const outcome = await dao.sync(dao.engine({ ledger: refusing(dao.ledger, "42P01") }));
    expect(outcome).toMatchObject({ failure: "Database error", counters: { failed: 0 } });
    expect((await dao.sync()).counters).toMatchObject({ flushed: 1, viewsFlushed: 2 });
  });

  it("are applied by their whole views when a fraction was added to real ones", async () => {
    await dao.count("1", 2);
    await dao.redis.zincrby(dao.keys.overlay, 0.5, "forum_topic:1");
    expect(await dao.sync()).toMatchObject({ status: "succeeded" });
    expect(await dao.persisted("1")).toBe(2);
    await expectBalanced(dao);
  });

  it.each([
    ["an unknown type", "post:7", 4, "Unknown target type"],
    ["an id with odd characters", "forum_topic:a b", 4, "Invalid topic ID"],
    ["a fraction of a view", "forum_topic:half", 0.5, "Invalid view count"],
    ["an infinite count", "forum_topic:inf", "inf", "Invalid view count"],
    [
      "more views than a topic can have",
      "forum_topic:big",
      3_000_000_000,
      "View count exceeds the largest that a topic can have",
    ],
  ])("are reported when they have %s", async (_what, member, score, error) => {
    await dao.count("good", 1);
    await dao.redis.zadd(dao.keys.overlay, ...[String(score), member]);
    const outcome = await dao.sync();
    expect(outcome.counters).toMatchObject({ total: 2, flushed: 1, failed: 1 });
    expect(outcome.errors).toHaveLength(1);
    expect(outcome.errors[0]?.error).toBe(error);
    const views = typeof score === "number" && score >= 1 ? score : undefined;
    const { [outcome.errors[0]?.target ?? ""]: kept } = await dao.kept();
    expect(kept?.views).toBe(views);
    expect(await dao.redis.exists(dao.keys.overlay, dao.keys.batch)).toBe(0);
  });

  it("are kept under a name that can be shown when their own is no text", async () => {
    const odd = Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0x41]);
    await dao.redis.zadd(dao.keys.overlay, "7", odd);
    const outcome = await dao.sync();
    expect(outcome.counters).toMatchObject({ total: 1, failed: 1 });
    expect(await dao.kept()).toEqual({ [targetLabel(odd)]: { views: 7, attempts: 1 } });
    await expectBalanced(dao);
    expect((await dao.sync()).counters).toMatchObject({ total: 0 });
  });

  it("do not stop a sync when a value of another type stands at the overlay", async () => {
    await dao.redis.set(dao.keys.overlay, "not a sorted set");
    const outcome = await dao.sync();
    expect(outcome).toMatchObject({ status: "empty", failure: undefined });
    expect(await dao.redis.keys(`${dao.keys.quarantine}:*`)).toHaveLength(1);
    await dao.count("1", 2);
    await dao.sync();
    expect(await dao.persisted("1")).toBe(2);
    await expectBalanced(dao);
  });

  it("are all kept, each with its reason, when everything is refused", async () => {
    const removeCause = await poison(Array.from({ length: 3_000 }, (_, index) => `t${index}`));
    await fillOverlay(dao, topics(3_000, 2));
    let statements = 0;
    const counting = intercept(dao.ledger, (method, call) => {
      if (method === "applyChunk") statements += 1;
      return call();
    });
    const outcome = await dao.sync(dao.engine({ ledger: counting, chunkSize: 1_000 }));
    expect(outcome.counters).toMatchObject({ total: 3_000, failed: 3_000 });
    expect(outcome.errors).toHaveLength(1_000);
    const history = "SELECT FROM sync_run_targets WHERE run_id = $1";
    expect((await dao.pool.query(history, [outcome.run])).rowCount).toBe(3_000);
    expect(Object.keys(await dao.kept())).toHaveLength(3_000);
    expect(statements).toBeLessThan(100);
    await expectBalanced(dao);
    await removeCause();
    expect((await dao.sync()).counters).toMatchObject({ flushed: 3_000, viewsFlushed: 6_000 });
    expect(await dao.kept()).toEqual({});
    await expectBalanced(dao);
  });
});

it("a retry neither waits for a running sync nor holds one up", async () => {
  const removeCause = await poison(["locked"]);
  await dao.count("locked", 4);
  await dao.sync();
  await removeCause();
  await dao.count("busy", 1);
  const [applying, mayApply] = [gate(), gate()];
  const waiting = intercept(dao.ledger, async (method, call) => {
    if (method === "failingTargets") return [];
    if (method === "applyChunk") applying.open();
    if (method === "applyChunk") await mayApply.opened;
    return call();
  });
  const sync = dao.sync(dao.engine({ ledger: waiting }));
  await applying.opened;
  const request = { trigger: "retry", actor: "admin", targets: ["forum_topic:locked"] } as const;
  const retry = await dao.sync(dao.engine(), { ...request, targets: [...request.targets] });
  expect(retry).toMatchObject({ status: "succeeded", counters: { viewsFlushed: 4 } });
  expect((await dao.engine().start({ trigger: "cron", actor: "cron" })).kind).toBe("busy");
  mayApply.open();
  expect((await sync).counters).toMatchObject({ total: 1, flushed: 1 });
  await expectBalanced(dao);
});

it("a batch that is drained in several runs is written once, and read on from where every member is taken", async () => {
  await fillOverlay(dao, topics(60));
  const reads: number[] = [];
  const watching = intercept(dao.batches, (method, call) => {
    if (method === "read") reads.push(1);
    return call();
  });
  // Chunks of two, and a time limit that ends each run amid a window.
  let written = 0;
  for (let runs = 0; runs < 100; runs += 1) {
    let chunks = 0;
    const clock = { now: () => (chunks >= 12 ? 2_000 : 0), sleep: () => Promise.resolve() };
    const ledger = intercept(dao.ledger, (method, call) => {
      if (method === "applyChunk") chunks += 1;
      return call();
    });
    const engine = dao.engine({ batches: watching, ledger, clock, chunkSize: 2, maxSeconds: 1 });
    const { counters } = await dao.sync(engine);
    written += chunks;
    if (counters.total === 0) break;
  }
  expect(written).toBe(30);
  expect(reads.length).toBeLessThan(60);
  await expectBalanced(dao);
});

it("a run that loses its connection under one of its chunks ends when the others have answered, and begins no more", async () => {
  await fillOverlay(dao, topics(20));
  const events: string[] = [];
  let chunks = 0;
  const breaking = intercept(dao.ledger, async (method, call) => {
    if (method === "finish") events.push("finish");
    if (method !== "applyChunk") return call();
    chunks += 1;
    if (chunks === 1) {
      await vi.waitFor(() => expect(chunks).toBe(2));
      events.push("lost");
      throw databaseError(new Error("Connection terminated unexpectedly"));
    }
    await vi.waitFor(() => expect(events).toContain("lost"));
    const answer = await call();
    events.push("answered");
    return answer;
  });
  const outcome = await dao.sync(dao.engine({ ledger: breaking, chunkSize: 2 }));
  expect(outcome).toMatchObject({ status: "failed", failure: "Database connection failed" });
  expect(events).toEqual(["lost", "answered", "finish"]);
  expect(chunks).toBe(2);
  expect((await dao.sync()).counters).toMatchObject({ total: 18, recovered: 18 });
  await expectBalanced(dao);
});
