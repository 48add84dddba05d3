import { expect, test, type Site } from "./fixtures";
import { expectEnded, keepFailing, row, visit } from "./steps";

async function fill(site: Site, prefix: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  await site.fill(new Map(names.map((name, index) => [name, index + 1])));
}

test("what waits is listed by views, and flushed as a whole", async ({ admin, site }) => {
  await fill(site, "wait", 30);
  await visit(admin, "/admin/pending?size=25");
  await expect(admin.getByText("465 views in 30 targets")).toBeVisible();
  const targets = admin.getByRole("table", { name: "Pending targets" });
  await expect(targets.getByRole("rowheader").first()).toHaveText("forum_topic:wait-29");
  await admin.getByRole("link", { name: "Next page" }).click();
  await expect(targets.getByRole("rowheader").last()).toHaveText("forum_topic:wait-0");
  await targets.getByRole("columnheader", { name: "Pending" }).getByRole("link").click();
  await expect(admin).toHaveURL("/admin/pending?size=25&sort=views&dir=asc");
  await expect(targets.getByRole("rowheader").first()).toHaveText("forum_topic:wait-0");

  await admin.getByRole("button", { name: "Flush now" }).click();
  await expectEnded(admin, "Succeeded");
  expect(await site.persisted("wait-0")).toBe(1);
  expect(await site.persisted("wait-29")).toBe(30);
  await visit(admin, "/admin/pending");
  await expect(admin.getByText("Nothing is waiting")).toBeVisible();
});

test("a search finds a part of a target's name, the exact topic first", async ({ admin, site }) => {
  await fill(site, "find", 12);
  await visit(admin, "/admin/pending?q=find-1");
  await expect(admin.getByText("3 targets that match")).toBeVisible();
  const found = admin.getByRole("table", { name: "Pending targets" }).getByRole("rowheader");
  await expect(found).toHaveText(["find-1", "find-11", "find-10"].map((id) => `forum_topic:${id}`));
});

test("each place has its tab, and what PostgreSQL has taken is no longer pending", async ({
  admin,
  site,
}) => {
  await site.count("known", 2);
  await site.count("held", 1);
  await site.sync();
  await site.count("known", 3);
  await site.count("held", 4);
  const release = await site.hold("held");
  const syncing = site.sync();
  await expect.poll(() => site.redis.exists(site.keys.batch)).toBe(1);
  await site.count("known", 1);
  await visit(admin, "/admin/pending");
  await expect(row(admin, "forum_topic:known").getByRole("cell")).toHaveText(["1", "2", "6"]);

  await admin.getByRole("link", { name: /Being written/ }).click();
  await expect(admin).toHaveURL("/admin/pending?place=batch");
  await expect(
    admin.getByText("7 views still to be written, of a batch in 2 targets"),
  ).toBeVisible();
  await expect(row(admin, "forum_topic:held").getByRole("cell")).toHaveText(["4", "1", "5"]);
  // Does what another statement of the run would have done: takes it and updates the books.
  await site.pool.query(
    `WITH topic AS (
       UPDATE forum_topic_view_stats SET views = views + 3,
         batch_id = (SELECT last_batch_id + 1 FROM view_books WHERE dao_slug = $1)
       WHERE dao_slug = $1 AND "topicId" = 'known' RETURNING batch_id
     ) UPDATE view_books SET applied = applied + 3, batch_taken = 3, last_batch_id = topic.batch_id
     FROM topic WHERE dao_slug = $1`,
    [site.daoSlug],
  );
  await admin.reload();
  await expect(
    admin.getByText("4 views still to be written, of a batch in 2 targets"),
  ).toBeVisible();
  await expect(row(admin, "forum_topic:known").getByRole("cell")).toHaveText([
    "In PostgreSQL",
    "5",
    "6",
  ]);
  await release();
  await syncing;
  await admin.reload();
  await expect(admin.getByText("Nothing is being written")).toBeVisible();
  expect(await site.persisted("known")).toBe(5);
  expect((await site.books.read()).difference).toBe(0);
});

test.describe("with a target that is parked at once", () => {
  test.use({ siteEnv: { SYNC_PARK_AFTER: "1" } });

  test("only parked views are left: nothing waits, and not everything is persisted", async ({
    admin,
    operator,
    site,
  }) => {
    await site.sync();
    const cure = await keepFailing(site, { stuck: 3 });
    await visit(operator, "/admin/pending");
    await expect(operator.getByText("Nothing is waiting, and not everything is")).toBeVisible();
    await expect(operator.getByText("3 views are parked")).toBeVisible();
    await operator.getByRole("link", { name: "3 views" }).click();
    await expect(operator).toHaveURL("/admin/failures?state=parked");
    await expect(row(operator, /^forum_topic:stuck/)).toBeVisible();
    await visit(operator, "/admin");
    await expect(operator.getByText("everything is persisted")).toHaveCount(0);
    await cure();
    await admin.request.post("/admin/failures", {
      form: { intent: "retry", target: "forum_topic:stuck" },
      headers: { Origin: site.origin },
    });
    await operator.reload();
    await expect(operator.getByText("everything is persisted")).toBeVisible();
  });
});
