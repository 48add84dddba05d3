import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { keepFailing, row, runShown, visit } from "./steps";

/**
 * What admins and operators do every day, in as few clicks and key presses as possible. Each click or key
 * counts as one step; text typed into a field counts as none.
 */

function navigate(page: Page, name: string): Locator {
  return page.getByRole("navigation", { name: "Main" }).getByRole("link", { name });
}

async function downloadCsv(page: Page): Promise<{ name: string; lines: string[] }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV", exact: true }).click(),
  ]);
  const text = await readFile(await file.path(), "utf8");
  return { name: file.suggestedFilename(), lines: text.split("\r\n") };
}

test("the runs between two times are found in 2, by the viewer's clock", async ({
  operator,
  site,
}) => {
  const early = await site.sync();
  const late = await site.sync();
  await site.pool.query(
    "UPDATE sync_runs SET started_at = '2026-01-02T03:04:30Z' WHERE dao_slug = $1 AND id = $2",
    [site.daoSlug, early],
  );
  await visit(operator, "/admin");
  await navigate(operator, "Runs").click();
  // In India it was half past eight then.
  await operator.getByLabel("Started from").fill("2026-01-02T08:34");
  await operator.getByLabel("to", { exact: true }).fill("2026-01-02T08:34");
  await operator.getByRole("button", { name: "Apply" }).click();
  await expect(operator).toHaveURL(/from=2026-01-02T03%3A04Z&to=2026-01-02T03%3A04Z/);
  await expect(row(operator, `#${early}`)).toBeVisible();
  await expect(row(operator, `#${late}`)).toHaveCount(0);
  await expect(operator.getByLabel("Started from")).toHaveValue("2026-01-02T08:34");
});

test("a bar of a chart leads to its runs", async ({ operator, site }) => {
  await site.count("charted", 2);
  const run = await site.sync();
  await visit(operator, "/admin");
  const chart = operator.getByRole("figure", { name: /^Views per/ });
  await chart.scrollIntoViewIfNeeded();
  await chart.locator(".recharts-bar-rectangle").last().click();
  await expect(operator).toHaveURL(/\/admin\/runs\?from=.*T00:00Z&to=.*T23:59Z$/);
  await expect(row(operator, `#${run}`)).toBeVisible();
});

for (const [list, header] of [
  ["Pending", "Target,Topic,Title,Pending"],
  ["Topics", "Topic,Title,Category"],
  ["Failures", "Target,Topic,Title,State"],
  ["Runs", "Run,Status"],
  ["Audit", "When (UTC),Who"],
  ["Users", "E-mail,Other identities"],
  ["Tokens", "Token,Scopes"],
] as const) {
  test(`the CSV of ${list} is there in 2`, async ({ admin, site }) => {
    await site.count("listed", 1);
    await visit(admin, "/admin");
    await navigate(admin, list).click();
    const { name, lines } = await downloadCsv(admin);
    expect(name).toMatch(new RegExp(`^${list.toLowerCase()}-${site.daoSlug}-[-0-9]{10,}\\.csv$`));
    expect(lines[0]?.slice(0, header.length + 1)).toBe(`\uFEFF${header}`);
    if (list === "Users") expect(lines.join("\n")).toContain("\nadmin@forum.test,,admin,");
  });
}

test("the CSV of topics has all pages of what the search finds", async ({ operator, site }) => {
  const names = Array.from({ length: 60 }, (_, index) => `csv-${10 + index}`);
  await site.fill(new Map(names.map((name, index) => [name, index + 1])));
  await site.fill(new Map([["elsewhere", 5]]));
  await site.sync();
  await visit(operator, "/admin/topics?q=csv-&size=25&page=2");
  const { lines } = await downloadCsv(operator);
  expect(lines).toHaveLength(1 + 60 + 1);
  expect([lines[1], lines[60]]).toEqual(["csv-69,,,,60,0", "csv-10,,,,1,0"]);
});

test("a range is ticked with shift, and head and bar stay in sight", async ({ admin, site }) => {
  await site.fill(new Map(Array.from({ length: 30 }, (_, index) => [`range-${10 + index}`, 2])));
  for (let index = 0; index < 30; index += 1) await site.refuse(`range-${10 + index}`, "held");
  await site.sync();
  await admin.setViewportSize({ width: 1440, height: 700 });
  await visit(admin, "/admin/failures?q=range&sort=target&dir=asc");
  const box = (name: string) => admin.getByRole("checkbox", { name: `Select forum_topic:${name}` });
  await box("range-12").check();
  await box("range-35").click({ modifiers: ["Shift"] });
  await expect(admin.getByText("24 targets selected, 48 views")).toBeInViewport();
  await expect(admin.getByRole("columnheader", { name: "Target" }).last()).toBeInViewport();
  await box("range-20").click();
  await box("range-30").click({ modifiers: ["Shift"] });
  await expect(admin.getByText("13 targets selected, 26 views")).toBeVisible();
});

test("a running sync is stopped, and ends behind its chunk", async ({ admin, site }) => {
  await site.count("stopped", 1);
  const release = await site.hold("stopped");
  const syncing = site.sync();
  await visit(admin, "/admin/runs");
  await admin.getByRole("main").getByRole("link", { name: /^#/ }).first().click();
  await admin.getByRole("button", { name: "Stop" }).click();
  await expect(admin.getByText("Stopping, as admin@forum.test asked for")).toBeVisible();
  await expect(admin.getByRole("button", { name: "Stop" })).toHaveCount(0);
  await release();
  await syncing;
  await expect(admin.getByRole("status").filter({ hasText: "Run ended" })).toBeAttached();
  expect(await site.persisted("stopped")).toBe(1);
  await visit(admin, "/admin/audit?action=run-stop");
  await expect(row(admin, "Stopped a run")).toContainText("admin@forum.test");
});

test("a run without a sign of life is stalled in every list", async ({ operator, site }) => {
  await site.pool.query(
    `INSERT INTO sync_runs (dao_slug, trigger, actor, started_at, heartbeat_at, total, flushed, failed)
     VALUES ($1, 'retry', 'ada@forum.test', clock_timestamp() - interval '2 hours',
       clock_timestamp() - interval '1 hour', 400, 90, 10)`,
    [site.daoSlug],
  );
  await visit(operator, "/admin/runs?status=stalled");
  const stalled = operator.getByRole("main").getByRole("row").nth(1);
  await expect(stalled).toContainText("Stalled");
  await expect(stalled).toContainText("90 saved, 10 failed, 300 left");
  await stalled.getByRole("link").click();
  await runShown(operator);
  await expect(operator.getByRole("main").getByText("Stalled", { exact: true })).toBeVisible();
  await expect(operator.getByText("No sign of life for 1 h")).toBeVisible();
});

test("a number explains itself on hover, on focus and by tap", async ({ open, site }) => {
  await site.count("explained", 1);
  for (const hasTouch of [false, true]) {
    const page = await open("operator", hasTouch ? { hasTouch } : {});
    await visit(page, "/admin/pending");
    const sign = page.getByRole("button", { name: "What persisted means" });
    const text = page.getByRole("tooltip");
    await (hasTouch ? sign.tap() : sign.hover());
    await expect(text).toHaveText("Added to the topic's number in PostgreSQL.");
    await page.mouse.move(0, 0);
    await sign.focus();
    await expect(sign).toHaveAccessibleDescription(/Added to the topic/);
    await page.keyboard.press("Escape");
    await expect(text).toHaveCount(0);
  }
});

test("on a phone each row is a card with what matters first", async ({ open, site }) => {
  await keepFailing(site, { card: 4 }, "the phone is small");
  const page = await open("admin", { viewport: { width: 390, height: 844 } });
  await visit(page, "/admin/failures?q=card");
  const card = row(page, /^forum_topic:card/);
  const name = await card.getByRole("rowheader").boundingBox();
  const views = await card.getByRole("cell", { name: "Views kept: 4" }).boundingBox();
  expect(name!.y).toBeLessThan(views!.y);
  expect(name!.width).toBeGreaterThan(300);
  await expect(page.locator("summary").filter({ hasText: "Menu" })).toContainText(/Menu\s*\d+/);
});
