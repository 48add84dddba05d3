import { beforeEach, describe, expect, it } from "vitest";
import { addDays } from "~/lib/utc-days";
import { listDefaults, parseExactListParams, parseListParams } from "~/lists/list-search";
import { countFailures } from "~/routes/admin/navigation.server";
import { presentAudit } from "~/routes/admin.audit/load.server";
import { presentPending } from "~/routes/admin.pending/load.server";
import { presentFailures } from "~/routes/admin.failures/load.server";
import { presentRun } from "~/routes/admin.runs.$runId/load.server";
import { presentRuns } from "~/routes/admin.runs._index/load.server";
import {
  presentRank,
  presentTopic,
  presentTopicPeriod,
} from "~/routes/admin.topics.$topicId/load.server";
import { presentTopics } from "~/routes/admin.topics._index/load.server";
import { readPeriod } from "~/stats/period";
import { startDashboard } from "../helpers/dashboard";
import { forEachTest, useServers } from "../helpers/use-servers";

const use = useServers();
const dashboard = forEachTest(() => startDashboard(use.urls));

/** The list of topics as its page asks for it. */
async function topicsOf(query: string) {
  const { services } = dashboard;
  const params = new URLSearchParams(query);
  const moment = await services.periodViews.now();
  const period = readPeriod(params, moment);
  return presentTopics(services, { ...parseListParams("topics", params), moment, period });
}

describe("the list of topics", () => {
  beforeEach(async () => {
    const { query, services } = dashboard;
    await query(`INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
       SELECT $1, i::text, current_date - 1, 1 + i % 7 FROM generate_series(1, 120) AS i`);
    await services.directory.upsert([
      { topicId: "12", title: "Budget of the season", category: "Treasury" },
      { topicId: "13", title: "Budget of the past", category: "Treasury", hidden: true },
    ]);
  });

  it("pages through all of them in a stable order", async () => {
    const ids: string[] = [];
    let views = 0;
    for (const page of [1, 2, 3, 4, 5]) {
      const view = await topicsOf(`page=${page}&size=25`);
      expect(view.page).toMatchObject({ total: 120, pages: 5, page });
      ids.push(...view.rows.map(({ topicId }) => topicId));
      views += view.rows.reduce((sum, row) => sum + row.views, 0);
    }
    expect(new Set(ids).size).toBe(120);
    expect(views).toBe((await topicsOf("")).total);
  });

  it("finds topics by a title, also those without views in the period", async () => {
    expect((await topicsOf("q=budget")).rows).toMatchObject([
      { topicId: "12", views: 6, rank: 18, name: { title: "Budget of the season" } },
    ]);
    expect((await topicsOf("q=budget&period=today")).rows).toMatchObject([
      { topicId: "12", views: 0, rank: null },
    ]);
    expect(await topicsOf("q=nothing")).toMatchObject({ rows: [], page: { total: 0, pages: 1 } });
  });

  it("is of one category, hidden topics without their titles", async () => {
    const view = await topicsOf("category=Treasury");
    expect(view.rows).toMatchObject([
      { topicId: "13", rank: 1, name: { title: "Hidden topic" } },
      { topicId: "12", rank: 2 },
    ]);
    expect(view.total).toBe(7 + 6);
  });
});

describe("the page of a topic", () => {
  it("adds up its views, by day, with its rank and its peak", async () => {
    const { count, query, services, sync } = dashboard;
    await count("1", 3);
    await count("2", 5);
    await sync();
    await count("1", 2);
    await query(`INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
       VALUES ($1, '1', current_date - 4, 7), ($1, '1', current_date - 40, 1)`);
    expect(await presentTopic(services, "1")).toMatchObject({
      views: { uniqueViews: 5, baseViews: 3, overlayViews: 2 },
      pending: { available: true, overlay: 2, batch: 0 },
      failure: null,
      failedRuns: [],
    });
    const moment = await services.periodViews.now();
    const period = readPeriod(new URLSearchParams(), moment);
    const shown = { moment, period };
    const { topics, peak } = await presentTopicPeriod(services, { ...shown, topicIds: ["1", "2"] });
    expect(topics).toMatchObject([
      { topicId: "1", views: 10, previous: 1 },
      { topicId: "2", views: 5, previous: 0 },
    ]);
    expect(topics[0]?.bars).toHaveLength(28);
    expect(peak).toEqual({ day: addDays(moment.today, -4), views: 7 });
    expect(await presentRank(services, { ...shown, topicId: "1" })).toEqual({ rank: 1, of: 2 });
  });

  it("knows a topic that is only pending, with its failures", async () => {
    const { count, poison, services, sync } = dashboard;
    await count("bad", 3);
    await poison("bad");
    const first = await sync();
    const second = await sync();
    const view = await presentTopic(services, "bad");
    expect(view).toMatchObject({
      views: { uniqueViews: 3, baseViews: 0 },
      pending: { overlay: 0, batch: 0 },
      failure: { views: 3, attempts: 2, isParked: false, run: second.run },
    });
    expect(view.failedRuns.map(({ run }) => run)).toEqual([second.run, first.run]);
  });
});

describe("runs", () => {
  it("are listed newest first, by status and trigger, without empty ones", async () => {
    const { count, services, sync } = dashboard;
    const empty = await sync();
    await count("1", 2);
    const full = await sync({ trigger: "flush", actor: "admin@forum.test" });
    const ids = async (params: object) => {
      const view = await presentRuns(services, { ...listDefaults.runs, ...params });
      expect(view.page.total).toBe(view.rows.length);
      return view.rows.map(({ id }) => id);
    };
    expect(await ids({})).toEqual([full.run, empty.run]);
    expect(await ids({ empty: "hide" })).toEqual([full.run]);
    expect(await ids({ trigger: "cron" })).toEqual([empty.run]);
    expect(await ids({ status: "succeeded" })).toEqual([full.run]);
    expect(await ids({ status: "failed" })).toEqual([]);
  });

  it("show what became of each chosen target", async () => {
    const { count, poison, pool, services, sync } = dashboard;
    await count("1", 2);
    await count("bad", 3);
    const cure = await poison("1");
    await poison("bad");
    await sync();
    await cure();
    const targets = ["forum_topic:1", "forum_topic:bad", "forum_topic:nothing"];
    const { run } = await sync({ trigger: "retry", actor: "admin@forum.test", targets });
    const results = async () => {
      const view = await presentRun(services, run, listDefaults.run);
      return view?.chosen?.rows.map(({ target, result, views }) => [target, result, views]);
    };
    const outcomes = [
      ["forum_topic:1", "flushed", 2],
      ["forum_topic:bad", "failed", 3],
      ["forum_topic:nothing", "nothing-kept", null],
    ];
    expect(await results()).toEqual(outcomes);
    // What happens to them later makes no difference.
    await count("1", 1);
    await sync();
    expect(await results()).toEqual(outcomes);
    const resultOfNothing = async () => (await results())?.[2]?.[1];
    await pool.query("UPDATE sync_runs SET error = 'Database error' WHERE id = $1", [run]);
    expect(await resultOfNothing()).toBe("not-reached");
    await pool.query("UPDATE sync_runs SET status = 'running' WHERE id = $1", [run]);
    expect(await resultOfNothing()).toBe("in-progress");
    await pool.query("UPDATE sync_runs SET status = 'partial' WHERE id = $1", [run]);
    await pool.query("DELETE FROM sync_run_targets WHERE run_id = $1", [run]);
    expect(await resultOfNothing()).toBe("forgotten");
  });

  it("show their progress, their errors and what can be retried", async () => {
    const { count, poison, services, sync } = dashboard;
    await count("1", 2);
    await count("bad", 3);
    const cure = await poison("bad");
    const { run } = await sync();
    await sync();
    const view = await presentRun(services, run, listDefaults.run);
    expect(view).toMatchObject({
      run: { id: run, status: "partial", views: 2 },
      previous: null,
      next: String(Number(run) + 1),
      errors: {
        rows: [{ target: "forum_topic:bad", views: 3, isStillFailing: true }],
        groups: [{ targets: 1 }],
      },
      retryable: 1,
      chosen: null,
    });
    await cure();
    await sync();
    const cured = await presentRun(services, run, listDefaults.run);
    expect(cured).toMatchObject({ retryable: 0, errors: { rows: [{ isStillFailing: false }] } });
  });

  it("show the pace of the one that is active", async () => {
    const [active] = await dashboard.query<{ id: string }>(
      `INSERT INTO sync_runs
         (dao_slug, trigger, actor, started_at, total, flushed, failed, views_flushed)
       VALUES ($1, 'flush', 'admin', clock_timestamp() - interval '10 s', 400, 90, 10, 1000)
       RETURNING id`,
    );
    const { id } = active!;
    const view = await presentRun(dashboard.services, id, listDefaults.run);
    expect(view?.run).toMatchObject({ status: "running", flushed: 90, failed: 10 });
    expect(view?.run.targetsPerSecond).toBeCloseTo(10, 0);
    // Without a heartbeat for longer than its lease, the run is stalled, wherever it is listed.
    await dashboard.pool.query(
      "UPDATE sync_runs SET heartbeat_at = clock_timestamp() - interval '1 hour' WHERE id = $1",
      [id],
    );
    const { runs } = dashboard.services;
    expect(await runs.find(id)).toMatchObject({ status: "stalled" });
    const filter = { status: "stalled", trigger: "all", empty: "show" } as const;
    expect(await runs.count(filter)).toBe(1);
    expect(await runs.count({ ...filter, status: "running" })).toBe(0);
  });

  it("do not exist where there is none, or one of another DAO, and neither do their errors", async () => {
    await dashboard.poison("secret");
    await dashboard.count("secret");
    const { run } = await dashboard.sync();
    const other = await startDashboard(use.urls);
    for (const [dao, errors] of [
      [dashboard, 1],
      [other, 0],
    ] as const) {
      const { runs } = dao.services;
      expect((await runs.allErrors(run, "").next()).value ?? []).toHaveLength(errors);
      expect((await runs.errorGroups(run)).length).toBe(errors);
      expect(typeof (await runs.wholeReason(run, "forum_topic:secret"))).toBe(
        errors > 0 ? "string" : "undefined",
      );
    }
    expect(await presentRun(other.services, run, listDefaults.run)).toBeNull();
    expect(await presentRun(other.services, "0", listDefaults.run)).toBeNull();
    expect(await presentRun(other.services, "1; --", listDefaults.run)).toBeNull();
    await other.close();
  });
});

describe("failures", () => {
  const defaults = listDefaults.failures;

  it("are grouped by reason, with the views that are kept and what is parked", async () => {
    const { count, keys, poison, redis, services, sync } = dashboard;
    await poison("bad");
    await count("bad", 3);
    for (let attempt = 0; attempt < 5; attempt += 1) await sync();
    await count("bad", 2);
    await redis.zadd(keys.overlay, 4, "forum_topic:not an id");
    await redis.zadd(keys.overlay, 6, Buffer.from([0x80, 0x81]));
    const last = await sync();
    const view = await presentFailures(services, defaults);
    expect(view.counts).toEqual({
      failing: { targets: 2, views: 0, withoutTopic: 2, unacceptedViews: 10 },
      parked: { targets: 1, views: 5, withoutTopic: 0, unacceptedViews: 0 },
    });
    expect(view.groups).toMatchObject([
      { reason: "Invalid topic ID", targets: 1, parked: 0, unacceptedViews: 4, mostAttempts: 1 },
      { targets: 1, parked: 1, views: 5, mostAttempts: 6 },
      { reason: "Unknown target type", targets: 1, parked: 0, unacceptedViews: 6, mostAttempts: 1 },
    ]);
    // Views under a name that no topic can have were never accepted.
    expect(view.matching).toEqual({ targets: 3, views: 5, withoutTopic: 2, unacceptedViews: 10 });
    const bad = view.rows.find(({ target }) => target === "forum_topic:bad");
    expect(bad).toMatchObject({
      topicId: "bad",
      views: 5,
      attempts: 6,
      isParked: true,
      run: last.run,
    });
    const odd = view.rows.find(({ target }) => target.includes("\u2026"));
    expect(odd).toMatchObject({ topicId: null, views: 6 });
  });

  it("have a reason of any kind as their filter, cut where it is endless", async () => {
    const { query, services } = dashboard;
    const reasons = [
      "ends with a space ",
      " begins\r\nand breaks",
      `${"long ".repeat(200_000)}end`,
    ];
    for (const [index, reason] of reasons.entries()) {
      await query(
        `INSERT INTO failed_targets (dao_slug, target, "topicId", views, last_error, last_run_id)
         VALUES ($1, 'forum_topic:r' || $2, 'r' || $2, 1, $3, 1)`,
        String(index),
        reason,
      );
    }
    const { groups, rows } = await presentFailures(services, defaults);
    expect(JSON.stringify({ groups, rows }).length).toBeLessThan(5_000);
    expect(rows.map(({ isCut }) => isCut).toSorted()).toEqual([false, false, true]);
    expect(await services.failures.wholeReason("forum_topic:r2")).toBe(reasons[2]);
    for (const { reason } of groups) {
      // A link sends the first form, and a form sends the second.
      for (const sent of [reason, reason.replace("\n", "\r\n")]) {
        const wanted = parseExactListParams("failures", new URLSearchParams({ reason: sent }));
        expect((await presentFailures(services, wanted!)).page.total, reason).toBe(1);
      }
    }
  });

  it("are called by the titles of their topics, and found by them", async () => {
    const { count, poison, services, sync } = dashboard;
    await services.directory.upsert([{ topicId: "titled", title: "Renew the grants council" }]);
    const cures = [await poison("titled"), await poison("other")];
    await count("titled", 2);
    await count("other", 1);
    const { run } = await sync();
    const found = await presentFailures(services, { ...defaults, search: "grants renew" });
    expect(found.rows).toMatchObject([
      { target: "forum_topic:titled", name: { title: "Renew the grants council" } },
    ]);
    expect(found.counts.failing.targets).toBe(1);
    const page = await presentRun(services, run, listDefaults.run);
    const names = page?.errors.rows.map(({ topicId, name }) => [topicId, name?.title]);
    expect(names).toEqual(expect.arrayContaining([["titled", "Renew the grants council"]]));
    await count("titled", 3);
    const pending = await presentPending(services, { ...listDefaults.pending, search: "council" });
    expect(pending.list).toMatchObject({ sizes: { waiting: 1, batch: 0 } });
    expect(pending.list).toMatchObject({ rows: [{ topicId: "titled", views: 3 }] });
    await services.repairs.discard(["forum_topic:titled"], "spam", "ada@example.org");
    const audit = await presentAudit(services, { ...listDefaults.audit, topic: "grants" });
    expect(audit.entries[0]?.more).toBe(
      "Reason: spam. Renew the grants council (forum_topic:titled): 2 views",
    );
    for (const cure of cures) await cure();
  });

  it("leave out what was flushed or discarded", async () => {
    const { count, poison, services, sync } = dashboard;
    const cure = await poison("flushed");
    await poison("discarded");
    await count("flushed", 2);
    await count("discarded", 3);
    await sync();
    await cure();
    await services.repairs.discard(["forum_topic:discarded"], "test", "admin@forum.test");
    expect((await presentFailures(services, defaults)).rows).toHaveLength(1);
    await sync();
    expect(await presentFailures(services, defaults)).toMatchObject({ rows: [], groups: [] });
    expect(await countFailures(services)).toBe(0);
  });

  it("are filtered by reason, state and target", async () => {
    const { keys, redis, services, sync } = dashboard;
    for (let index = 0; index < 30; index += 1) {
      await redis.zadd(keys.overlay, 1, `forum_topic:not ${index}`, 1, `article:${index}`);
    }
    await sync();
    const targets = async (params: object) => {
      const view = await presentFailures(services, { ...defaults, ...params });
      return [view.page.total, view.rows.length];
    };
    expect(await targets({})).toEqual([60, 50]);
    expect(await targets({ page: 2 })).toEqual([60, 10]);
    expect(await targets({ reason: "Unknown target type" })).toEqual([30, 30]);
    expect(await targets({ state: "parked" })).toEqual([0, 0]);
    expect(await targets({ search: "not 1" })).toEqual([11, 11]);
    expect(await targets({ search: "_" })).toEqual([30, 30]);
    const { counts } = await presentFailures(services, {
      ...defaults,
      ...{ reason: "Unknown target type", search: "article:1" },
    });
    expect([counts.failing.targets, counts.parked.targets]).toEqual([11, 0]);
    const exact = await presentFailures(services, { ...defaults, search: "article:2" });
    expect(exact.rows[0]?.target).toBe("article:2");
  });
});
