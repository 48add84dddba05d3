import { expect, test, type Site } from "./fixtures";
import { expectEnded, row, tick, visit } from "./steps";

async function fill(site: Site, prefix: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  await site.fill(new Map(names.map((name, index) => [name, index + 1])));
}

test("everything that matches is flushed, and nothing else", async ({ admin, site }) => {
  await fill(site, "match", 30);
  await fill(site, "other", 5);
  await visit(admin, "/admin/pending?q=match&size=25");
  await expect(admin.getByText("465 views in 30 targets that match")).toBeVisible();
  await admin.getByRole("checkbox", { name: "Select all on this page" }).check();
  await expect(admin.getByText("25 targets selected")).toBeVisible();
  await admin.getByRole("button", { name: "Select all 30 that match" }).click();
  await expect(admin.getByText("All 30 targets selected")).toBeVisible();
  await admin.getByRole("button", { name: "Flush…" }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Flush 30 targets?" });
  await expect(dialog).toContainText("moves 30 targets with 465 views into PostgreSQL");
  await dialog.getByRole("button", { name: "Flush 30 targets" }).click();
  await expectEnded(admin, "Succeeded");
  const results = admin.getByRole("table", { name: "Chosen targets and their results" });
  await expect(results.getByRole("cell", { name: "Flushed" })).toHaveCount(30);

  // On the page after the first, which nobody had ticked.
  expect(await site.persisted("match-0")).toBe(1);
  expect(await site.persisted("match-29")).toBe(30);
  const left = await site.redis.zrange(site.keys.overlay, "0", "-1");
  expect(left.filter((target) => target.includes("match"))).toEqual([]);
  expect(left.filter((target) => target.includes("other"))).toHaveLength(5);
});

test("only the ticked rows are flushed", async ({ admin, site }) => {
  await fill(site, "tick", 3);
  await visit(admin, "/admin/pending?q=tick");
  const all = admin.getByRole("checkbox", { name: "Select all on this page" });
  await all.check();
  await expect(admin.getByText("3 targets selected")).toBeVisible();
  await admin.getByRole("button", { name: "Clear" }).click();
  await expect(all).not.toBeChecked();
  await tick(admin, "forum_topic:tick-1");
  await expect(admin.getByText("1 target selected")).toBeVisible();
  expect(await all.evaluate((box: HTMLInputElement) => box.indeterminate)).toBe(true);
  await admin.getByRole("button", { name: "Flush…" }).click();
  await admin.getByRole("button", { name: "Flush 1 target" }).click();
  await expectEnded(admin, "Succeeded");
  expect(await site.persisted("tick-1")).toBe(2);
  expect(await site.persisted("tick-0")).toBe(0);
});

test("what was ticked does not go along to another filter", async ({ admin, site }) => {
  await fill(site, "along", 2);
  await visit(admin, "/admin/pending?q=along");
  await tick(admin, "forum_topic:along-0");
  await admin.getByRole("link", { name: "Waiting" }).click();
  await expect(admin).toHaveURL("/admin/pending?q=along&state=waiting");
  await expect(
    admin.getByRole("checkbox", { name: "Select forum_topic:along-0" }),
  ).not.toBeChecked();
  await expect(admin.getByText("1 target selected")).toHaveCount(0);
});

test("the result of a target whose views a sync took meanwhile says so", async ({
  admin,
  site,
}) => {
  await fill(site, "gone", 1);
  await visit(admin, "/admin/pending?q=gone");
  await tick(admin, "forum_topic:gone-0");
  await admin.getByRole("button", { name: "Flush…" }).click();
  await site.sync();
  await admin.getByRole("button", { name: "Flush 1 target" }).click();
  await expect(admin).toHaveURL(/\/admin\/runs\/\d+$/);
  const results = admin.getByRole("table", { name: "Chosen targets and their results" });
  await expect(row(results, "forum_topic:gone-0")).toContainText("Nothing to flush");
  expect(await site.persisted("gone-0")).toBe(1);
});

test("each row says where its views are", async ({ admin, site }) => {
  await site.count("known", 2);
  await site.sync();
  await site.count("known", 3);
  const cure = await site.refuse("unlucky");
  await site.count("unlucky", 4);
  await site.fill(new Map([["batched", 9]]));
  const release = await site.hold("batched");
  const syncing = site.sync();
  await visit(admin, "/admin/pending?state=batch");
  await expect(row(admin, "forum_topic:batched")).toContainText("In batch");
  await release();
  await syncing;
  await site.count("known", 1);
  await visit(admin, "/admin/pending");
  await expect(row(admin, "forum_topic:unlucky")).toContainText("Failing 1/5");
  const known = row(admin, "forum_topic:known");
  await expect(known.getByRole("cell")).toHaveText([
    "Select forum_topic:known",
    "1",
    "5",
    "6",
    "Waiting",
  ]);
  await cure();
});
