import type { Page } from "playwright/test";
import { expect, test, type Site } from "./fixtures";
import { flushNow, holdRequests, row, visit } from "./steps";

/** Topics t-01, t-02 and so on, with as many persisted views as their number. */
async function persist(site: Site, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => index + 1);
  await site.fill(new Map(names.map((number) => [`t-${String(number).padStart(2, "0")}`, number])));
  await site.sync();
}

function firstRow(page: Page) {
  return page.getByRole("main").getByRole("rowheader").first();
}

test.describe("topics", () => {
  test.beforeEach(async ({ site }) => {
    if ((await site.persisted("t-60")) === 0) await persist(site, 60);
  });

  test("are paged by the address, back and forward too", async ({ operator }) => {
    await visit(operator, "/admin/topics?size=25");
    await expect(firstRow(operator)).toHaveText("t-60");
    await expect(operator.getByRole("main").getByRole("rowheader")).toHaveCount(25);
    await expect(operator.getByText("1–25 of 60 topics")).toBeVisible();
    const pages = operator.getByRole("navigation", { name: "Pages" });
    await pages.getByRole("link", { name: "Next page" }).click();
    await expect(operator).toHaveURL("/admin/topics?size=25&page=2");
    await expect(firstRow(operator)).toHaveText("t-35");
    await expect(pages.getByRole("link", { name: "Page 2" })).toHaveAttribute(
      "aria-current",
      "page",
    );
    await pages.getByRole("link", { name: "Page 3" }).click();
    await expect(operator.getByText("51–60 of 60 topics")).toBeVisible();

    await operator.goBack();
    await expect(firstRow(operator)).toHaveText("t-35");
    await operator.goBack();
    await expect(firstRow(operator)).toHaveText("t-60");
    await operator.goForward();
    await expect(operator).toHaveURL("/admin/topics?size=25&page=2");
    await expect(firstRow(operator)).toHaveText("t-35");
    await operator.reload();
    await expect(firstRow(operator)).toHaveText("t-35");
  });

  test("are searched, with the period kept and the page not", async ({ operator }) => {
    await visit(operator, "/admin/topics?size=25&period=7d&page=2");
    const search = operator.getByRole("searchbox", { name: "Search by title, id or address" });
    await search.fill("t-1");
    await search.press("Enter");
    await expect(operator).toHaveURL(/[?&]q=t-1/);
    await expect(operator).not.toHaveURL(/[?&]page=/);
    await expect(operator.getByText("1–10 of 10 topics")).toBeVisible();
    await expect(firstRow(operator)).toHaveText("t-19");
    await search.fill("no such topic");
    await search.press("Enter");
    await expect(operator.getByText("No topic matches")).toBeVisible();
    await operator.goBack();
    await expect(search).toHaveValue("t-1");
    await expect(firstRow(operator)).toHaveText("t-19");
    await operator.getByRole("link", { name: "Clear search" }).click();
    await expect(firstRow(operator)).toHaveText("t-60");
    await expect(operator).toHaveURL(/period=7d/);
  });

  test("are searched by who goes on typing while the page loads", async ({ operator }) => {
    await visit(operator, "/admin/topics");
    const search = operator.getByRole("searchbox", { name: "Search by title, id or address" });
    await search.fill("t-1");
    const letThrough = await holdRequests(operator, /_data=/);
    await search.press("Enter");
    await operator.keyboard.type("2");
    letThrough();
    await expect(operator.getByText("1–10 of 10 topics")).toBeVisible();
    await expect(search).toBeFocused();
    await expect(search).toHaveValue("t-12");
    await operator.keyboard.press("Enter");
    await expect(operator.getByText("1–1 of 1 topic")).toBeVisible();
  });

  test("are searched by who types before the page is at work", async ({ operator }) => {
    const letThrough = await holdRequests(operator, /\/build\/.*\.js$/);
    await operator.goto("/admin/topics", { waitUntil: "commit" });
    const search = operator.getByRole("searchbox", { name: "Search by title, id or address" });
    await search.pressSequentially("t-1");
    await operator.getByLabel("Rows").selectOption("25");
    letThrough();
    // The earlier choice takes effect, and the typed text stays.
    await expect(operator).toHaveURL("/admin/topics?size=25");
    await expect(search).toHaveValue("t-1");
    await search.press("Enter");
    await expect(operator.getByText("1–10 of 10 topics")).toBeVisible();
  });

  test("are filtered by keys on Enter, or when the field is left", async ({ operator }) => {
    await visit(operator, "/admin/topics");
    const rows = operator.getByLabel("Rows");
    const letThrough = await holdRequests(operator, /_data=/);
    await rows.focus();
    // Nothing is requested while the keys move through the options.
    await operator.keyboard.press("ArrowDown");
    await operator.keyboard.press("ArrowDown");
    await expect(rows).toHaveValue("200");
    await expect(operator).toHaveURL("/admin/topics");
    letThrough();
    await operator.keyboard.press("Enter");
    await expect(operator).toHaveURL("/admin/topics?size=200");
    await expect(rows).toBeFocused();
    await operator.keyboard.press("ArrowUp");
    await operator.keyboard.press("Tab");
    await expect(operator).toHaveURL("/admin/topics?size=100");
  });
});

test("runs are filtered by status and trigger, and empty ones hidden", async ({ admin, site }) => {
  const cure = await site.refuse("refused-run");
  await site.count("refused-run", 1);
  const failed = await site.sync();
  await cure();
  await site.sync();
  const empty = await site.sync();
  await site.count("by-hand", 1);
  const flushed = await flushNow(admin);

  await visit(admin, "/admin/runs");
  await expect(row(admin, `#${empty}`)).toContainText("Empty");
  await admin.getByRole("link", { name: "Hide empty runs" }).click();
  await expect(admin).toHaveURL("/admin/runs?empty=hide");
  await expect(row(admin, `#${empty}`)).toHaveCount(0);
  await admin.getByLabel("Trigger").selectOption("flush");
  await expect(admin).toHaveURL("/admin/runs?empty=hide&trigger=flush");
  await expect(row(admin, `#${flushed}`)).toBeVisible();
  await expect(row(admin, `#${failed}`)).toHaveCount(0);
  await admin.goBack();
  await expect(admin.getByLabel("Trigger")).toHaveValue("all");
  await expect(row(admin, `#${failed}`)).toBeVisible();
  await visit(admin, "/admin/runs?status=interrupted");
  await expect(admin.getByText("No run matches")).toBeVisible();
  await admin.getByRole("link", { name: "Show all runs" }).click();
  await expect(row(admin, `#${failed}`)).toBeVisible();
});

test("the audit log is searched by person and by what they did", async ({ admin, site }) => {
  await site.count("audited", 1);
  await flushNow(admin);
  await visit(admin, "/admin/audit");
  await admin.getByLabel("What").selectOption("flush");
  await expect(admin).toHaveURL("/admin/audit?action=flush");
  await expect(row(admin, "Flushed everything pending").first()).toContainText("admin@forum.test");
  const search = admin.getByRole("searchbox", { name: "Search by e-mail address" });
  await search.fill("operator@");
  await search.press("Enter");
  await expect(admin.getByText("Nothing matches")).toBeVisible();
  await admin.goBack();
  await expect(row(admin, "Flushed everything pending").first()).toBeVisible();
});
