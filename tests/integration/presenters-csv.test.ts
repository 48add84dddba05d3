import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AppLoadContext, LoaderFunctionArgs } from "@remix-run/node";
import { csvDownload } from "~/lists/csv.server";
import { listDefaults } from "~/lists/list-search";
import { pendingCsvColumns, pendingCsvPages } from "~/routes/admin.pending[.]csv/load.server";
import { topicsCsvColumns, topicsCsvPages } from "~/routes/admin.topics[.]csv/load.server";
import { loader } from "~/routes/admin.pending[.]csv/route";
import { startDashboard, type Dashboard } from "../helpers/dashboard";
import { createTestDatabase, testRedis, type TestDatabase } from "../helpers/database";

let database: TestDatabase;
let dashboard: Dashboard;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  dashboard = await startDashboard({ databaseUrl: database.url, redisUrl: testRedis() });
});
afterEach(() => dashboard.close());

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
      "\uFEFFTarget,Topic,Pending,Persisted,Total",
      "forum_topic:1,1,3,2,5",
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

  it("is only for those who are signed in", async () => {
    const context: AppLoadContext = {
      services: dashboard.services,
      clientIp: undefined,
      cspNonce: "",
    };
    const request = new Request("http://forum.test/admin/pending.csv");
    const args: LoaderFunctionArgs = { request, context, params: {} };
    const refused: unknown = await loader(args).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Response);
    expect((refused as Response).status).toBe(302);
    expect((refused as Response).headers.get("Location")).toContain("/login");
  });
});

describe("the CSV of topics", () => {
  it("has every topic that the search finds, by id", async () => {
    const { daoSlug, pool, services } = dashboard;
    await pool.query(
      `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
       SELECT $1, i::text, i, '2026-01-02 03:04:05' FROM generate_series(1, 11000) AS i`,
      [daoSlug],
    );
    const download = (search: string) =>
      csvDownload({
        name: "topics",
        columns: topicsCsvColumns,
        pages: topicsCsvPages(services, search),
        logger: services.logger,
      });
    const all = await linesOf(await download(""));
    expect(all).toHaveLength(11_000 + 2);
    expect(new Set(all).size).toBe(11_000 + 2);
    expect((await linesOf(await download("9999"))).slice(1)).toEqual([
      "9999,9999,2026-01-02T03:04:05.000Z",
      "",
    ]);
  });

  it("is refused before it begins while PostgreSQL is away", async () => {
    const away = await startDashboard({ databaseUrl: database.url, redisUrl: testRedis() });
    await away.close();
    await expect(
      csvDownload({
        name: "topics",
        columns: topicsCsvColumns,
        pages: topicsCsvPages(away.services, ""),
        logger: away.services.logger,
      }),
    ).rejects.toThrow("Database connection failed");
  });
});
