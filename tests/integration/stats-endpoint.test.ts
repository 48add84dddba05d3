import { beforeAll, describe, expect, it } from "vitest";
import type { StatsAnswer } from "~/api/stats.server";
import { addDays, utcDay } from "~/lib/utc-days";
import { loader } from "~/routes/api.v1.forum.stats";
import { startDashboard } from "../helpers/dashboard";
import { forAllTests, useServers } from "../helpers/use-servers";

/** `GET /api/v1/forum/stats`. */

const use = useServers();
const dao = forAllTests(() => startDashboard(use.urls));
let token: string;
const today = utcDay(new Date());

beforeAll(async () => {
  const { directory, tokens } = dao.services;
  const wanted = { name: "stats", scopes: ["stats:read" as const], expiresAt: undefined };
  token = await tokens.create("tests", wanted);
  await dao.query(
    `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views) VALUES
     ($1, '1', $2::date, 5), ($1, '1', $2::date - 2, 4), ($1, '2', $2::date - 1, 7)`,
    today,
  );
  await directory.upsert([{ topicId: "1", title: "=Budget", category: "Grants" }]);
});

async function ask(query: string, accept = "*/*"): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, Accept: accept };
  const request = new Request(`http://forum.test/api/v1/forum/stats${query}`, { headers });
  return loader({ request, context: dao.context, params: {} });
}

const days = (ago: number, until = 0) =>
  `from=${addDays(today, -ago)}&to=${addDays(today, -until)}`;

describe("a period", () => {
  it("has its days, its topics and its categories, beside the period before", async () => {
    const answer = (await (await ask(`?${days(1)}&compare=true`)).json()) as StatsAnswer;
    expect(answer).toEqual({
      from: addDays(today, -1),
      to: today,
      total: 12,
      previous: { from: addDays(today, -3), to: addDays(today, -2), total: 4 },
      days: [
        { day: addDays(today, -1), views: 7 },
        { day: today, views: 5 },
      ],
      topics: [
        { topicId: "2", title: null, url: null, category: null, views: 7, previousViews: 0 },
        {
          ...{ topicId: "1", title: "=Budget", url: null, category: "Grants" },
          ...{ views: 5, previousViews: 4 },
        },
      ],
      categories: [
        { category: null, views: 7, previousViews: 0 },
        { category: "Grants", views: 5, previousViews: 4 },
      ],
    });
  });

  it("is the last 28 days without more, and may be of one category", async () => {
    const all = (await (await ask("?limit=1")).json()) as StatsAnswer;
    expect(all).toMatchObject({ from: addDays(today, -27), to: today, total: 16 });
    expect(all.days).toHaveLength(28);
    expect(all.topics).toHaveLength(1);
    expect(all.previous).toBeUndefined();
    expect(await (await ask("?category=Grants")).json()).toMatchObject({
      total: 9,
      topics: [{ topicId: "1", views: 9 }],
      categories: [{ category: "Grants", views: 9 }],
    });
  });

  it("is a table of topics for who wants CSV", async () => {
    const answer = await ask(`?${days(1)}`, "text/csv");
    expect(answer.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    expect((await answer.text()).split("\r\n")).toEqual([
      "topicId,title,url,category,views",
      "2,,,,7",
      "1,'=Budget,,Grants,5",
      "",
    ]);
  });
});

it.each([
  ["?to=27.11.2026", "to"],
  ["?from=2026-02-30", "from"],
  [`?${days(-1, -1)}`, "to"],
  [`?${days(1, 2)}`, "from"],
  ["?from=1999-01-01", "from"],
  ["?compare=yes", "compare"],
  ["?limit=0", "limit"],
  ["?limit=many", "limit"],
  ["?category=%00", "category"],
])("%s is refused with the field's name", async (query, field) => {
  const answer = await ask(query);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { details: [{ field }] } });
});
