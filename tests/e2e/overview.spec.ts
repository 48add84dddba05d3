import type { Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { keepFailing, requestsOf, stat, visit } from "./steps";

test("its numbers agree with each other and with the books", async ({ operator, site }) => {
  await site.count("one", 3);
  await site.count("two", 4);
  await site.sync();
  await site.count("two", 2);
  const { applied, overlay } = await site.books.read();
  await visit(operator, "/admin");
  await expect(stat(operator, "Pending views").first()).toHaveText(String(overlay));
  await expect(stat(operator, "Pending views").last()).toHaveText(
    /the oldest (just now|\d+ s ago)/,
  );
  await expect(stat(operator, "Last run").last()).toContainText("Succeeded");
  await expect(stat(operator, "Failing and parked").first()).toHaveText("0");
  await expect(stat(operator, "Books").first()).toHaveText("Balanced");

  const chart = operator.getByRole("figure", { name: /^Views per day/ });
  await chart.getByText("Show as table").click();
  const today = chart.getByRole("row").last();
  await expect(today.getByRole("cell").nth(1)).toHaveText(String(applied));
  const top = operator.getByRole("table", { name: "Topics with the most views" });
  await expect(top.getByRole("row").nth(1)).toContainText("two4");
});

test("a cron that is late, and books that do not balance, are said on every page", async ({
  operator,
  site,
}) => {
  await site.count("late", 1);
  await site.sync();
  await site.pool.query(
    `UPDATE sync_runs SET started_at = started_at - interval '1 hour',
       heartbeat_at = heartbeat_at - interval '1 hour', finished_at = finished_at - interval '1 hour'
     WHERE dao_slug = $1`,
    [site.daoSlug],
  );
  await site.redis.incrby(site.keys.accepted, 5);
  await visit(operator, "/admin/topics");
  await expect(
    operator.getByRole("region", { name: "The books are off by 5 views" }),
  ).toBeVisible();
  const late = operator.getByRole("region", { name: "The cron is late" });
  await expect(late).toContainText("The last sync by cron ended 60 minutes ago.");
  await late.getByRole("link", { name: "Last run" }).click();
  await expect(operator.getByRole("heading", { name: /^Run #/ })).toBeVisible();
  await visit(operator, "/admin");
  await expect(stat(operator, "Books")).toHaveText(["Off by 5", "views are missing"]);
  await site.redis.decrby(site.keys.accepted, 5);
});

test.describe("live refresh", () => {
  /** Advances the clock by more seconds than several refreshes take. */
  const pass = (page: Page) => page.clock.runFor(21_000);

  test("shows what has changed without a reload, is paused, and waits while the tab is hidden", async ({
    open,
    site,
  }) => {
    const operator = await open("operator");
    await operator.clock.install();
    await visit(operator, "/admin/pending?q=live-1");
    await expect(operator.getByText("No target matches")).toBeVisible();
    await site.count("live-1", 2);
    await operator.clock.runFor(5_500);
    await expect(operator.getByRole("rowheader", { name: "forum_topic:live-1" })).toBeVisible();
    await expect(operator.getByText("Updated just now")).toBeVisible();

    await operator.getByRole("button", { name: "Pause live refresh" }).click();
    await expect(operator.getByText("Live refresh is paused.")).toBeAttached();
    const requests = requestsOf(operator);
    await site.count("live-12", 2);
    await pass(operator);
    expect(requests).toEqual([]);
    await expect(operator.getByText(/^Paused, updated \d+ s ago$/)).toBeVisible();
    await operator.getByRole("button", { name: "Resume live refresh" }).click();
    await operator.clock.runFor(5_500);
    await expect(operator.getByRole("rowheader", { name: "forum_topic:live-12" })).toBeVisible();

    const setHidden = (isHidden: boolean) =>
      operator.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, isHidden);
    await setHidden(true);
    const requestsBefore = requests.length;
    await site.count("live-13", 2);
    await pass(operator);
    expect(requests).toHaveLength(requestsBefore);
    // It catches up when it is shown.
    await setHidden(false);
    await expect(operator.getByRole("rowheader", { name: "forum_topic:live-13" })).toBeVisible();
  });

  test("waits while rows are ticked or a field is typed in", async ({ open, site }) => {
    const admin = await open("admin");
    await admin.clock.install();
    await keepFailing(site, { "live-3": 2 });
    await visit(admin, "/admin/failures?q=live-3");
    const requests = requestsOf(admin);
    await admin.getByRole("searchbox").focus();
    await pass(admin);
    await admin.getByRole("checkbox", { name: "Select forum_topic:live-3" }).check();
    await expect(admin.getByText("1 target selected")).toBeVisible();
    await pass(admin);
    expect(requests).toEqual([]);
  });

  test.describe("without an answer", () => {
    test.use({ expectedStatuses: [503] });

    test("leaves the page as it is, and says so", async ({ open, site }) => {
      const operator = await open("operator");
      await operator.clock.install();
      await site.count("live-5", 2);
      await visit(operator, "/admin/pending?q=live-5");
      await operator.route("**/healthz", (route) => route.fulfill({ status: 503 }));
      await operator.clock.runFor(5_500);
      await expect(operator.getByText("Server not answering, retrying")).toBeVisible();
      await expect(operator.getByRole("rowheader", { name: "forum_topic:live-5" })).toBeVisible();
      await operator.unroute("**/healthz");
      await operator.clock.runFor(5_500);
      await expect(operator.getByText("Server not answering, retrying")).toHaveCount(0);
    });
  });
});
