import type { Page } from "playwright/test";
import { expectNoViolationsInEitherTheme } from "./axe";
import { expect, test, type Site } from "./fixtures";
import { excessWidth, row, showCharts, stat, visit } from "./steps";

/** What operators want to know: what is read, when, and how that compares. */

/** A hundred days of a forum with titles: 30 views a day of "Budget", "Launch" for two days of this week. */
async function seed({ pool, daoSlug }: Site): Promise<void> {
  await pool.query(
    `INSERT INTO topics (dao_slug, "topicId", title, category, url, search) VALUES
     ($1, 'b1', 'Budget of the season', 'Treasury', 'https://forum.example/t/b1', 'budget of the season b1'),
     ($1, 'l1', 'Launch <b>now</b>', 'Product', NULL, 'launch b now b l1')
     ON CONFLICT DO NOTHING`,
    [daoSlug],
  );
  await pool.query(
    `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
     SELECT $1, 'b1', today - ago, 30 FROM generate_series(0, 99) AS ago, (${today}) AS now
     UNION ALL SELECT $1, 'l1', today - ago, 400 + ago FROM generate_series(2, 3) AS ago, (${today}) AS now
     UNION ALL SELECT $1, 'l1', today - 9, 100 FROM (${today}) AS now
     ON CONFLICT DO NOTHING`,
    [daoSlug],
  );
  await pool.query(
    `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
     SELECT dao_slug, "topicId", sum(views), now() AT TIME ZONE 'UTC' FROM forum_topic_view_daily
     WHERE dao_slug = $1 GROUP BY 1, 2 ON CONFLICT DO NOTHING`,
    [daoSlug],
  );
}
const today = `SELECT (now() AT TIME ZONE 'UTC')::date AS today`;

test.beforeEach(({ site }) => seed(site));

function total(page: Page, views: string) {
  return page.getByText(views, { exact: true }).first();
}

test("what was hot this week, and whether more than last week", async ({ operator }) => {
  await visit(operator, "/admin");
  await operator.getByRole("link", { name: "7 days" }).click();
  await expect(operator).toHaveURL("/admin?period=7d");
  // 7 × 30 + 402 + 403, after 7 × 30 + 100.
  await expect(total(operator, "1,015")).toBeVisible();
  await expect(operator.getByText("+227.4%").first()).toBeVisible();
  const top = operator.getByRole("table", { name: "Topics with the most views" });
  await expect(top.getByRole("row").nth(1)).toContainText("Launch <b>now</b>");
  const rising = operator.getByRole("table", { name: "Topics that have grown most" });
  await expect(rising.getByRole("row")).toHaveCount(2);
  const chart = operator.getByRole("figure", { name: /^Views per day/ });
  await chart.getByText("Show as table").click();
  await expect(chart.getByRole("row")).toHaveCount(1 + 7);

  await operator.getByRole("link", { name: /^Compare with the period before/ }).click();
  await expect(operator).toHaveURL("/admin?period=7d&compare=off");
  await expect(operator.getByText("+227.4%")).toHaveCount(0);
});

test("last week against the one before, by its days", async ({ operator }) => {
  const day = (ago: number) =>
    new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, "2026-11-01".length);
  await visit(operator, "/admin/topics");
  await operator.getByLabel("From").fill(day(13));
  await operator.getByLabel("to", { exact: true }).fill(day(7));
  await operator.getByRole("button", { name: "Show" }).click();
  await expect(operator).toHaveURL(`/admin/topics?from=${day(13)}&to=${day(7)}`);
  await expect(operator.getByText("310 views of all topics in the period")).toBeVisible();
  await expect(row(operator, /^Launch/)).toContainText("new");
  await expect(row(operator, /^Budget/)).toContainText("as before");
  await expect(row(operator, /^Budget/)).toContainText("67.7%");
});

test("a topic's 90 days, and another topic beside it", async ({ operator }) => {
  await visit(operator, "/admin/topics?period=90d");
  await operator.getByRole("link", { name: "Launch <b>now</b>", exact: true }).click();
  await expect(operator).toHaveURL("/admin/topics/l1?period=90d");
  await expect(operator.getByRole("heading", { name: "Launch <b>now</b>" })).toBeVisible();
  await expect(stat(operator, "Views in the period").first()).toHaveText("905");
  await expect(stat(operator, "Rank in the period")).toHaveText(["#2", "of 2"]);
  await expect(stat(operator, "Peak day").first()).toHaveText("403");

  await operator.getByLabel("Title, id or address of a topic").fill("no such topic");
  await operator.getByRole("button", { name: "Add" }).click();
  await expect(operator.getByText("No topic matches “no such topic”")).toBeVisible();
  await operator
    .getByLabel("Title, id or address of a topic")
    .fill("https://forum.example/t/b1?page=2");
  await operator.getByRole("button", { name: "Add" }).click();
  await expect(operator).toHaveURL("/admin/topics/l1?period=90d&with=b1");
  const chart = operator.getByRole("figure", { name: /Budget of the season \(b1\): 2,700 views/ });
  await expect(chart.locator("svg").first()).toBeVisible();
  await chart.getByText("Show as table").click();
  await expect(chart.getByRole("row")).toHaveCount(1 + 90);
  await operator.getByRole("link", { name: "Take Budget of the season out of the chart" }).click();
  await expect(operator).toHaveURL("/admin/topics/l1?period=90d");
});

test("a category", async ({ operator }) => {
  await visit(operator, "/admin?period=7d");
  await operator.getByRole("link", { name: "Treasury" }).click();
  await expect(operator).toHaveURL("/admin/topics?period=7d&category=Treasury");
  await expect(operator.getByText("210 views in Treasury in the period")).toBeVisible();
  await expect(operator.getByRole("main").getByRole("rowheader")).toHaveCount(1);
  await expect(
    operator.getByRole("link", { name: "Open Budget of the season in the forum" }),
  ).toHaveAttribute("href", "https://forum.example/t/b1");
});

test("on a phone, in either theme, without violations", async ({ open }) => {
  const page = await open("operator", { viewport: { width: 390, height: 844 } });
  for (const path of [
    "/admin?period=7d",
    "/admin?period=12m",
    "/admin/topics?category=Product&compare=off",
    "/admin/topics/l1?period=90d&with=b1",
    "/admin/topics/never-seen",
  ]) {
    await visit(page, path);
    await showCharts(page);
    await expectNoViolationsInEitherTheme(page, path);
    expect.soft(await excessWidth(page), path).toBeLessThanOrEqual(0);
  }
});
