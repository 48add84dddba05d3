import { beforeEach, describe, expect, it } from "vitest";
import { cleanupKinds } from "~/retention/cleanup-answer";
import { listDefaults } from "~/lists/list-search";
import { presentAudit } from "~/routes/admin.audit/load.server";
import { presentRun } from "~/routes/admin.runs.$runId/load.server";
import { ageRuns, ageTopics, cleanupOf, retention } from "../helpers/cleanup-fixture";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { intercept } from "../helpers/intercept";
import { syncFixture } from "../helpers/sync-fixture";
import { expectBalanced, forEachTest, useServers } from "../helpers/use-servers";

/** What a cleanup deletes, and what it keeps: all but topics, which have a test file of their own. */

const use = useServers();
const dao = forEachTest(() => syncFixture(use.servers));

const nothing = Object.fromEntries(cleanupKinds.map((kind) => [kind, 0]));

async function insertRun(
  days: number,
  { trigger = "cron", status = "empty" } = {},
): Promise<string> {
  const rows = await dao.query<{ id: string }>(
    `INSERT INTO sync_runs (dao_slug, trigger, actor, status, started_at)
     VALUES ($1, $3::run_trigger, 'cron', $4::run_status, now() - make_interval(days => $2))
     RETURNING id`,
    days,
    trigger,
    status,
  );
  return rows[0]!.id;
}

async function insertErrors(run: string, targets: string[]): Promise<void> {
  await dao.pool.query(
    `INSERT INTO sync_run_targets (run_id, target, error) SELECT $1, unnest($2::text[]), 'No'`,
    [run, targets],
  );
}

async function runs(): Promise<string[]> {
  const rows = await dao.query<{ id: string }>(
    `SELECT id FROM sync_runs WHERE dao_slug = $1 ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}

async function errorTargets(): Promise<string[]> {
  const statement = `SELECT target FROM sync_run_targets JOIN sync_runs ON sync_runs.id = run_id
     WHERE dao_slug = $1 ORDER BY sync_run_targets.id`;
  const rows = await dao.query<{ target: string }>(statement);
  return rows.map(({ target }) => target);
}

async function auditEntries() {
  return dao.query<{ actor: string; action: string; details: unknown }>(
    `SELECT actor, action, details FROM audit_log WHERE dao_slug = $1 ORDER BY id`,
  );
}

async function insertAuditEntries(days: number, count = 1, action = `${days} days ago`) {
  await dao.query(
    `INSERT INTO audit_log (dao_slug, actor, action, created_at)
     SELECT $1, 'ada@example.org', $3, now() - make_interval(days => $2)
     FROM generate_series(1, $4::int)`,
    days,
    action,
    count,
  );
}

async function insertDays(topicId: string, days: number[]): Promise<void> {
  await dao.query(
    `INSERT INTO forum_topic_view_daily
     SELECT $1, $2, (now() AT TIME ZONE 'UTC')::date - days, 1 FROM unnest($3::int[]) AS days`,
    topicId,
    days,
  );
}

async function daysOf(topicId: string): Promise<number[]> {
  const rows = await dao.query<{ age: number }>(
    `SELECT (now() AT TIME ZONE 'UTC')::date - day AS age FROM forum_topic_view_daily
     WHERE dao_slug = $1 AND "topicId" = $2 ORDER BY age`,
    topicId,
  );
  return rows.map(({ age }) => age);
}

describe("what is kept a day before its retention is over, and gone a day after", () => {
  it("runs", async () => {
    const gone = await insertRun(41);
    const kept = [await insertRun(39), await insertRun(0)];
    const { deleted } = await cleanupOf(dao).run("cron");
    expect(deleted).toEqual({ ...nothing, runs: 1 });
    expect(await runs()).toEqual(kept);
    expect(await runs()).not.toContain(gone);
  });

  it("errors of runs, by the age of the run", async () => {
    await insertErrors(await insertRun(11), ["old"]);
    await insertErrors(await insertRun(9), ["young"]);
    const { deleted } = await cleanupOf(dao).run("cron");
    expect(deleted).toEqual({ ...nothing, runErrors: 1 });
    expect(await errorTargets()).toEqual(["young"]);
  });

  it("audit entries", async () => {
    await insertAuditEntries(21);
    await insertAuditEntries(19);
    const { deleted } = await cleanupOf(dao).run("cron");
    expect(deleted).toEqual({ ...nothing, auditEntries: 1 });
    expect((await auditEntries()).map(({ action }) => action)).toEqual(["19 days ago", "cleanup"]);
  });

  it("alerts that are over, as long as the audit log", async () => {
    const insert = (kind: string, days: number | null) =>
      dao.pool.query(
        `INSERT INTO alerts (dao_slug, kind, title, text, path, started_at, resolved_at)
         VALUES ($1, $2, '-', '-', '/', now() - interval '90 days', now() - make_interval(days => $3))`,
        [dao.daoSlug, kind, days],
      );
    await insert("gone", 21);
    await insert("kept", 19);
    await insert("on", null);
    const { deleted } = await cleanupOf(dao).run("cron");
    expect(deleted).toEqual({ ...nothing, alerts: 1 });
    const left = await dao.pool.query(`SELECT kind FROM alerts WHERE dao_slug = $1 ORDER BY kind`, [
      dao.daoSlug,
    ]);
    expect(left.rows).toEqual([{ kind: "kept" }, { kind: "on" }]);
  });

  it("views of a topic by day, and never its total", async () => {
    await dao.count("1", 3);
    await dao.sync();
    await insertDays("1", [49, 50, 51, 80]);
    const { deleted } = await cleanupOf(dao).run("cron");
    expect(deleted).toEqual({ ...nothing, dailyRows: 2 });
    expect(await daysOf("1")).toEqual([0, 49, 50]);
    expect(await dao.persisted("1")).toBe(3);
    await expectBalanced(dao);
  });

  it("sessions, once they have expired", async () => {
    const { rows } = await dao.pool.query<{ id: string }>(
      `INSERT INTO users (email, password_hash, role) VALUES ($1, '-', 'operator') RETURNING id`,
      [`${dao.daoSlug}@example.org`],
    );
    const user = rows[0]!.id;
    const open = (token: string, hours: number) =>
      dao.pool.query(
        `INSERT INTO sessions (token_digest, user_id, expires_at)
         VALUES ($1, $2, now() + make_interval(hours => $3))`,
        [`${dao.daoSlug} ${token}`, user, hours],
      );
    await open("over", -1);
    await open("open", 1);
    const { deleted } = await cleanupOf(dao).run("cron");
    expect(deleted).toEqual({ ...nothing, sessions: 1 });
    const left = await dao.pool.query(`SELECT trim(token_digest) AS token FROM sessions`);
    expect(left.rows).toEqual([{ token: `${dao.daoSlug} open` }]);
  });
});

it("leaves other DAOs alone", async () => {
  const other = syncFixture(use.servers);
  await insertRun(100);
  await insertAuditEntries(100);
  await insertDays("1", [100]);
  const { deleted, more } = await cleanupOf(other).run("cron");
  expect([deleted, more]).toEqual([nothing, false]);
});

it("keeps for ever what has no retention", async () => {
  const run = await insertRun(30_000);
  await insertErrors(run, ["old"]);
  await insertRun(0);
  await insertAuditEntries(30_000);
  await dao.count("1");
  await dao.sync();
  await insertDays("1", [30_000]);
  const none = { runErrors: 0, runs: 0, auditEntries: 0, dailyRows: 0, topics: 0 };
  expect((await cleanupOf(dao, { retention: none }).run("cron")).deleted).toEqual(nothing);
});

describe("runs that stay whatever their age", () => {
  it("the one that is running, with its errors", async () => {
    const run = await insertRun(100, { status: "running" });
    await insertRun(0);
    await insertErrors(run, ["one"]);
    expect((await cleanupOf(dao).run("cron")).deleted).toEqual(nothing);
  });

  it("the last of each trigger and status, from which ages are told", async () => {
    await insertRun(100);
    const last = [
      await insertRun(90, { status: "succeeded" }),
      await insertRun(80),
      await insertRun(70, { trigger: "flush", status: "failed" }),
    ];
    expect((await cleanupOf(dao).run("cron")).deleted).toEqual({ ...nothing, runs: 1 });
    expect(await runs()).toEqual(last);
  });

  it("the one in which a target failed that still does, with that error", async () => {
    const run = await insertRun(100);
    await insertRun(0);
    await insertErrors(run, ["settled", "failing"]);
    await dao.query(
      `INSERT INTO failed_targets (dao_slug, target, last_error, last_run_id)
       VALUES ($1, 'failing', 'No', $2)`,
      run,
    );
    expect((await cleanupOf(dao).run("cron")).deleted).toEqual({ ...nothing, runErrors: 1 });
    expect(await errorTargets()).toEqual(["failing"]);
    await dao.query(`DELETE FROM failed_targets WHERE dao_slug = $1`);
    expect((await cleanupOf(dao).run("cron")).deleted).toEqual({
      ...nothing,
      runErrors: 1,
      runs: 1,
    });
  });

  it("one with errors that are kept longer than runs", async () => {
    await insertErrors(await insertRun(100), ["old"]);
    await insertRun(0);
    const longer = { ...retention, runErrors: 0 };
    expect((await cleanupOf(dao, { retention: longer }).run("cron")).deleted).toEqual(nothing);
  });
});

it("batch ids go on where they were when all runs that knew them are gone", async () => {
  await dao.count("1", 2);
  await dao.sync();
  await dao.count("1", 3);
  await dao.sync();
  await ageRuns(dao, 100);
  const last = await insertRun(0, { status: "succeeded" });
  expect((await cleanupOf(dao).run("cron")).deleted).toEqual({ ...nothing, runs: 2 });
  expect(await runs()).toEqual([last]);
  expect((await dao.books.read()).highWater).toBe(2);
  // When Redis has lost everything, only PostgreSQL can tell.
  await dao.redis.del(...Object.values(dao.keys).filter((key) => typeof key === "string"));
  await dao.count("1", 4);
  await dao.sync();
  expect((await dao.books.read()).highWater).toBe(3);
  expect(await dao.persisted("1")).toBe(9);
  await expectBalanced(dao);
});

describe("the dashboard afterwards", () => {
  let dashboard: Dashboard;
  beforeEach(async () => {
    dashboard = await startDashboard({
      ...use.urls,
      daoSlug: dao.daoSlug,
    });
    return () => dashboard.close();
  });

  const page = { pageSize: 25, errorsPage: 1, targetsPage: 1, reason: "" } as const;

  it("has no page for a run that is gone, and no link to it", async () => {
    const gone = await insertRun(200);
    const kept = await insertRun(0);
    for (const run of [gone, kept]) {
      await dashboard.services.audit.record({
        actor: "ada@example.org",
        action: "flush",
        runId: run,
        details: {},
      });
    }
    expect((await dashboard.services.cleanup.run("cron")).deleted.runs).toBe(1);
    expect(await presentRun(dashboard.services, gone, page)).toBeNull();
    expect(await presentRun(dashboard.services, kept, page)).toMatchObject({ previous: null });
    const { entries } = await presentAudit(dashboard.services, listDefaults.audit);
    expect(entries.map(({ what, runId, isRunKept }) => [what, runId, isRunKept])).toEqual([
      ["Deleted 1 run past their retention", null, false],
      ["Flushed everything pending", kept, true],
      ["Flushed everything pending", gone, false],
    ]);
  });

  it("says how many failures of a run are no longer listed", async () => {
    const run = await insertRun(100, { status: "partial" });
    await insertErrors(run, ["forum_topic:1", "forum_topic:2"]);
    await dao.pool.query(
      `UPDATE sync_runs SET total = 3, flushed = 1, failed = 2, targets = $2 WHERE id = $1`,
      [run, ["forum_topic:1", "forum_topic:2", "forum_topic:3"]],
    );
    await dao.pool.query(
      "INSERT INTO sync_run_targets (run_id, target, views) VALUES ($1, 'forum_topic:3', 1)",
      [run],
    );
    const shown = async () => {
      const { errors, chosen } = (await presentRun(dashboard.services, run, page))!;
      return [errors.deleted, ...chosen!.rows.map(({ result }) => result)];
    };
    expect(await shown()).toEqual([0, "failed", "failed", "flushed"]);
    expect((await dashboard.services.cleanup.run("cron")).deleted.runErrors).toBe(3);
    expect(await shown()).toEqual([2, "forgotten", "forgotten", "forgotten"]);
  });
});

describe("in batches", () => {
  it("deletes everything, counts it, and notes it in one audit entry", async () => {
    for (let run = 0; run < 7; run += 1) await insertErrors(await insertRun(100), ["a", "b", "c"]);
    await insertRun(0);
    await insertAuditEntries(100, 10);
    const { deleted, removedViews, more } = await cleanupOf(dao, { batchSize: 4 }).run("cron");
    expect(deleted).toEqual({ ...nothing, runErrors: 21, runs: 7, auditEntries: 10 });
    expect([removedViews, more]).toEqual([0, false]);
    // The second time there is nothing to find, and nothing to note.
    expect((await cleanupOf(dao).run("cron")).deleted).toEqual(nothing);
    expect(await auditEntries()).toEqual([
      {
        actor: "cron",
        action: "cleanup",
        details: { runErrors: 21, runs: 7, auditEntries: 10, removedViews: 0 },
      },
    ]);
  });

  it("shares the work with others at once: each row is counted once", async () => {
    await insertAuditEntries(100, 500);
    for (let run = 0; run < 20; run += 1) await insertErrors(await insertRun(100), ["a", "b"]);
    await insertRun(0);
    const cleanups = [1, 2, 3].map(() => cleanupOf(dao, { batchSize: 5 }).run("cron"));
    const results = await Promise.all(cleanups);
    // A row that one of them has locked is left to it by the others.
    results.push(await cleanupOf(dao).run("cron"));
    const sum = (kind: "runs" | "runErrors" | "auditEntries") =>
      results.reduce((total, { deleted }) => total + deleted[kind], 0);
    expect([sum("runs"), sum("runErrors"), sum("auditEntries")]).toEqual([20, 40, 500]);
  });

  it("does not wait for a row that somebody else holds", async () => {
    const held = await insertRun(100);
    await insertRun(90);
    const last = await insertRun(0);
    const client = await dao.pool.connect();
    try {
      await client.query("BEGIN");
      await client.query(`SELECT FROM sync_runs WHERE id = $1 FOR UPDATE`, [held]);
      expect((await cleanupOf(dao).run("cron")).deleted).toEqual({ ...nothing, runs: 1 });
    } finally {
      await client.query("ROLLBACK");
      client.release();
    }
    expect(await runs()).toEqual([held, last]);
  });
});

/** `t00001` and so on, viewed just now. */
async function insertTopics(count: number): Promise<void> {
  await dao.query(
    `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", "lastUpdated")
     SELECT $1, 't' || lpad(n::text, 5, '0'), now() FROM generate_series(1, $2::int) AS n`,
    count,
  );
  await dao.query(`INSERT INTO view_books (dao_slug) VALUES ($1)`);
}

describe("when its time is over", () => {
  it("ends behind a batch, says that more is left, and goes on the next time", async () => {
    await insertAuditEntries(100, 10);
    let now = 0;
    // One millisecond for each look at the clock: errors and runs take one each, two batches of audit entries
    // are left.
    const clock = { now: () => (now += 1) };
    const options = { batchSize: 3, maxSeconds: 0.005 };
    const first = await cleanupOf(dao, options, clock).run("cron");
    expect(first).toMatchObject({ deleted: { auditEntries: 6 }, more: true });
    const second = await cleanupOf(dao, { batchSize: 3 }).run("cron");
    expect(second).toMatchObject({ deleted: { auditEntries: 4 }, more: false });
  });

  it("or the process is", async () => {
    await insertAuditEntries(100);
    const cleanup = cleanupOf(dao);
    cleanup.stop();
    expect(await cleanup.run("cron")).toEqual({ deleted: nothing, removedViews: 0, more: true });
  });

  it("has come so far in the topics, and begins there the next time", async () => {
    // More topics than it reads at once, so that there is a position to keep.
    await insertTopics(600);
    await ageTopics(dao, 61);
    await dao.query(`UPDATE view_books SET last_batch_id = 1 WHERE dao_slug = $1`);
    let now = 0;
    const clock = { now: () => (now += 1) };
    // Errors, runs, audit, alerts, sessions, days, the first page and its five steps: then the time is up.
    const first = await cleanupOf(dao, { maxSeconds: 0.013 }, clock).run("cron");
    expect(first).toMatchObject({ deleted: { topics: 500 }, more: true });
    const second = await cleanupOf(dao).run("cron");
    expect(second).toMatchObject({ deleted: { topics: 100 }, more: false });
  });
});

it("deletes old days from the oldest on, batch by batch", async () => {
  await insertDays("1", [0, 50, 70, 90]);
  await insertDays("2", [60, 70, 80]);
  let now = 0;
  const clock = { now: () => (now += 1) };
  // Errors, runs, audit, alerts and sessions take one look each: one batch of days is left.
  const first = await cleanupOf(dao, { batchSize: 3, maxSeconds: 0.007 }, clock).run("cron");
  expect(first).toMatchObject({ deleted: { dailyRows: 3 }, more: true });
  expect((await daysOf("1")).concat(await daysOf("2")).sort()).toEqual([0, 50, 60, 70]);
  const second = await cleanupOf(dao, { batchSize: 3 }).run("cron");
  expect(second).toMatchObject({ deleted: { dailyRows: 2 }, more: false });
  expect([await daysOf("1"), await daysOf("2")]).toEqual([[0, 50], []]);
});

describe("a cleanup that has come so far in the topics", () => {
  async function position(): Promise<string | undefined> {
    const rows = await dao.query<{ cleanup_after: string }>(
      `SELECT cleanup_after FROM view_books WHERE dao_slug = $1`,
    );
    return rows[0]?.cleanup_after;
  }

  /** A cleanup that finds an old topic, asks Redis about it, and gets the result of `getPending`. */
  async function failAt(topicId: string, getPending: () => Promise<never>): Promise<void> {
    await ageTopics(dao, 61, topicId);
    const tracker = intercept(dao.tracker, getPending);
    await expect(cleanupOf({ ...dao, tracker }).run("cron")).rejects.toThrow("away");
  }

  it("goes on behind that when a dependency went away", async () => {
    await insertTopics(600);
    await failAt("t00600", () => Promise.reject(new Error("Redis is away")));
    expect(await position()).toBe("t00500");
  });

  it("has it written down now and then, for when it is killed", async () => {
    await insertTopics(25_001);
    let written: string | undefined;
    await failAt("t25001", async () => {
      written = await position();
      throw new Error("Redis is away");
    });
    expect(written).toBe("t25000");
  });
});
