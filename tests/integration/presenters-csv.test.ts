import { describe, expect, it } from "vitest";
import { csvDownload } from "~/lists/csv.server";
import { listDefaults, parseListParams } from "~/lists/list-search";
import { pendingCsvColumns, pendingCsvPages } from "~/routes/admin.pending[.]csv/load.server";
import { topicsCsvColumns, topicsCsvPages } from "~/routes/admin.topics[.]csv/load.server";
import { presentAudit } from "~/routes/admin.audit/load.server";
import { readPeriod } from "~/stats/period";
import { MOST_KEPT, REACHABLE } from "~/stats/ranking";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { forEachTest, useServers } from "../helpers/use-servers";

const use = useServers();
const dashboard = forEachTest(() => startDashboard(use.urls));

async function pendingCsv(params: object = {}): Promise<Response> {
  const { services } = dashboard;
  return csvDownload({
    name: "pending",
    columns: pendingCsvColumns,
    pages: pendingCsvPages(services, { ...listDefaults.pending, ...params }),
    logger: services.logger,
  });
}

async function linesOf(response: Response): Promise<string[]> {
  return new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(await response.arrayBuffer())
    .split("\r\n");
}

describe("the CSV of pending targets", () => {
  it("has a byte order mark, a header and what the filter shows", async () => {
    await dashboard.count("1", 2);
    await dashboard.sync();
    await dashboard.count("1", 3);
    await dashboard.count("2", 1);
    const response = await pendingCsv({ search: "1" });
    expect(response.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    expect(response.headers.get("Content-Disposition")).toMatch(
      /^attachment; filename="pending-\d{4}-\d\d-\d\d\.csv"$/,
    );
    expect(await linesOf(response)).toEqual([
      "\uFEFFTarget,Topic,Title,Pending,Persisted,Total",
      "forum_topic:1,1,,3,2,5",
      "",
    ]);
  });

  it("has all pages", async () => {
    const { keys, redis } = dashboard;
    const entries = Array.from({ length: 1_234 }, (_, index) => [
      String(1 + (index % 9)),
      `forum_topic:${index}`,
    ]);
    await redis.zadd(keys.overlay, ...entries.flat());
    const lines = await linesOf(await pendingCsv());
    expect(lines).toHaveLength(1_234 + 2);
    expect(new Set(lines).size).toBe(1_234 + 2);
  });

  it("defuses what a spreadsheet would take for a formula", async () => {
    const { keys, redis } = dashboard;
    const evil = ['=HYPERLINK("http://evil")', "+1", "-1+1", "@SUM(A1)"];
    for (const member of evil) await redis.zadd(keys.overlay, 1, member);
    const lines = (await linesOf(await pendingCsv()))
      .slice(1, -1)
      .map((line) => line.split(",")[0]);
    expect(lines.sort()).toEqual(
      [`"'=HYPERLINK(""http://evil"")"`, "'+1", "'-1+1", "'@SUM(A1)"].sort(),
    );
  });

  it("keeps a text of several lines in one cell, each line defused", async () => {
    const pages = (async function* () {
      yield await Promise.resolve([{ reason: "locked\n=1+1\r\n@SUM(A1)" }]);
    })();
    const { logger } = dashboard.services;
    const columns = [{ header: "Reason", value: ({ reason }: { reason: string }) => reason }];
    const text = await (await csvDownload({ name: "reasons", columns, pages, logger })).text();
    expect(text.endsWith(`"locked\n'=1+1\r\n'@SUM(A1)"\r\n`)).toBe(true);
  });
});

describe("the CSV of failures, runs and the audit log", () => {
  async function rowsOf<Row>(pages: AsyncGenerator<Row[]>): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const page of pages) rows.push(...page);
    return rows;
  }

  it("has the order and the filter of the list, all pages of it", async () => {
    const { query, services } = dashboard;
    await query(`INSERT INTO failed_targets
         (dao_slug, target, "topicId", views, attempts, last_error, last_run_id, last_at)
       SELECT $1, 'forum_topic:f' || i, 'f' || i, 1 + i % 7, 1, 'No such forum', 1,
         timestamptz '2026-01-01T00:00Z' + i * interval '1 minute' FROM generate_series(1, 2500) AS i`);
    const wanted = { ...listDefaults.failures, sort: "views", from: "2026-01-01T10:00Z" } as const;
    const found = await rowsOf(services.failures.all(wanted));
    expect(found).toHaveLength(2_500 - 599);
    const listed = await services.failures.list(wanted, { offset: 1_000, pageSize: 200 });
    expect(found.slice(1_000, 1_200)).toEqual(listed);
  });

  it("has runs and entries between two times, the last minute included", async () => {
    const { query, services } = dashboard;
    await query(`WITH moment AS (
         SELECT timestamptz '2026-01-01T00:00:30Z' + i * interval '1 minute' AS at
         FROM generate_series(1, 1200) AS i
       ), run AS (
         INSERT INTO sync_runs (dao_slug, trigger, actor, status, started_at, finished_at)
         SELECT $1, 'cron', 'cron', 'empty', at, at FROM moment
       )
       INSERT INTO audit_log (dao_slug, actor, action, created_at)
       SELECT $1, 'ada@example.org', 'sign-in', at FROM moment`);
    const period = { from: "2026-01-01T00:05Z", to: "2026-01-01T18:20Z" };
    const runs = await rowsOf(services.runs.all({ ...listDefaults.runs, ...period }));
    expect(runs).toHaveLength(1_096);
    expect(runs[0]?.startedAt.toISOString()).toBe("2026-01-01T18:20:30.000Z");
    expect(await rowsOf(services.audit.all(period))).toHaveLength(1_096);
    expect(await services.runs.count({ ...listDefaults.runs, ...period })).toBe(1_096);
  });
});

describe("the audit log", () => {
  it("names the targets of a discard and a retry, and is searched by topic", async () => {
    const { query, services } = dashboard;
    await query(`INSERT INTO failed_targets (dao_slug, target, "topicId", views, last_error, last_run_id)
       SELECT $1, 'forum_topic:d' || i, 'd' || i, i, 'locked', 1 FROM generate_series(1, 30) AS i`);
    const targets = Array.from({ length: 30 }, (_, index) => `forum_topic:d${index + 1}`);
    await dashboard.sync({
      trigger: "retry",
      actor: "eve@example.org",
      targets: ["forum_topic:d7"],
    });
    await services.repairs.discard(targets, "spam", "ada@example.org");
    const search = async (params: object) => {
      const { entries } = await presentAudit(services, { ...listDefaults.audit, ...params });
      return entries.map(({ actor, what, more }) => [actor, what, more]);
    };
    const [discard, ...others] = await search({ topic: "d29" });
    expect(others).toEqual([]);
    expect(discard?.slice(0, 2)).toEqual(["ada@example.org", "Discarded 458 views of 29 targets"]);
    // Of many targets, the one that was searched for is listed.
    expect(discard?.[2]).toMatch(/^Reason: spam\. .*forum_topic:d29: 29 views.*and 19 more$/);
    expect(await search({ topic: "forum_topic:d7" })).toEqual([
      ["eve@example.org", "Retried 1 target, 7 views", "forum_topic:d7: 7 views"],
    ]);
    expect(await search({ topic: "d7", actor: "ada" })).toEqual([]);
    expect(await search({ topic: "never" })).toEqual([]);
  });
});

describe("the CSV of topics", () => {
  async function download({ services }: Dashboard, query: string): Promise<Response> {
    const params = new URLSearchParams(query);
    const moment = await services.periodViews.now();
    const period = readPeriod(params, moment);
    const wanted = { ...parseListParams("topics", params), moment, period };
    return csvDownload({
      name: "topics",
      columns: topicsCsvColumns(period),
      pages: topicsCsvPages(services, wanted),
      logger: services.logger,
    });
  }

  it("has the views of the period and the one before, of topics by their titles", async () => {
    const { query, services } = dashboard;
    await query(`INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views) VALUES
       ($1, '1', current_date, 5), ($1, '1', current_date - 7, 2), ($1, '2', current_date - 1, 9)`);
    const title = '=1+1, "quoted"';
    await services.directory.upsert([{ topicId: "1", title, category: "Grants" }]);
    expect(await linesOf(await download(dashboard, "period=7d"))).toEqual([
      "\uFEFFTopic,Title,Category,Address,Views,Views before",
      "2,,,,9,0",
      `1,"'=1+1, ""quoted""",Grants,,5,2`,
      "",
    ]);
    const found = await linesOf(await download(dashboard, "period=7d&q=quoted"));
    expect(found).toHaveLength(3);
  });

  it("has the other topics in a last row where there are too many", async () => {
    const { query } = dashboard;
    await query(`INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
       SELECT $1, i::text, current_date - 1, i % 100 FROM generate_series(1, ${MOST_KEPT + 100}) AS i`);
    const lines = (await linesOf(await download(dashboard, ""))).slice(1, -1);
    expect(lines).toHaveLength(REACHABLE + 1);
    expect(lines.at(-1)).toMatch(/^,All other topics,/);
    const views = lines.map((line) => Number(line.split(",")[4]));
    const rows = await query<{ sum: string }>(
      `SELECT sum(views) FROM forum_topic_view_daily WHERE dao_slug = $1`,
    );
    expect(views.reduce((sum, count) => sum + count, 0)).toBe(Number(rows[0]?.sum));
  });

  it("is refused before it begins while PostgreSQL is away", async () => {
    const away = await startDashboard(use.urls);
    await away.close();
    await expect(download(away, "")).rejects.toThrow("Database connection failed");
  });
});
