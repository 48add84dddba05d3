import type { Page } from "playwright/test";
import { expect, test, type Site } from "./fixtures";
import { message, row, stat, tick, visit } from "./steps";

/** The answer to a form without a reason. */
test.use({ expectedStatuses: [400] });

/** Makes PostgreSQL keep views of topics, as many as are given. */
async function keep(site: Site, views: Record<string, number>): Promise<void> {
  for (const [topicId, count] of Object.entries(views)) {
    await site.refuse(topicId);
    await site.count(topicId, count);
  }
  await site.sync();
}

test("a discard names what will be lost, wants a reason, and is kept in log and books", async ({
  admin,
  site,
}) => {
  await keep(site, { "spam-1": 4, "spam-2": 2, honest: 1 });
  const before = await site.books.read();
  await visit(admin, "/admin/failures");
  await tick(admin, "forum_topic:spam-1", "forum_topic:spam-2");
  await admin.getByRole("button", { name: "Discard…", exact: true }).click();

  const dialog = admin.getByRole("alertdialog", { name: "Discard 2 targets?" });
  await expect(dialog).toContainText("6 views of 2 targets will be lost for good.");
  const reason = dialog.getByLabel("Reason");
  await expect(reason).toBeFocused();
  const confirm = dialog.getByRole("button", { name: "Discard 6 views" });
  await confirm.click();
  await expect(reason).toBeFocused();
  expect(await reason.evaluate((field: HTMLTextAreaElement) => field.validity.valueMissing)).toBe(
    true,
  );
  // The browser accepts blanks; the server does not.
  await reason.fill("   ");
  await confirm.click();
  await expect(reason).toHaveAccessibleDescription(/Say why, in at least 3 characters/);
  await expect(reason).toHaveAttribute("aria-invalid", "true");
  expect((await site.books.read()).discarded).toBe(before.discarded);
  // An error in one dialog is not shown in the next one.
  await admin.keyboard.press("Escape");
  await admin.getByRole("button", { name: "Discard…", exact: true }).click();
  await expect(reason).toHaveValue("");
  await expect(reason).not.toHaveAttribute("aria-invalid", "true");

  await reason.fill("sent by a script, see ticket 12");
  await confirm.click();
  await expect(admin.getByRole("status").filter({ hasText: "Discarded" })).toHaveText(
    "Discarded 6 views of 2 targets. forum_topic:spam-1 (4), forum_topic:spam-2 (2).",
  );
  await expect(dialog).toHaveCount(0);
  await expect(row(admin, /^forum_topic:honest/)).toBeVisible();
  await expect(row(admin, /spam/)).toHaveCount(0);

  expect(await site.books.read()).toMatchObject({
    discarded: before.discarded + 6,
    kept: 1,
    difference: 0,
  });
  await visit(admin, "/admin");
  await expect(stat(admin, "Books").first()).toHaveText("Balanced");
  await visit(admin, "/admin/audit?action=discard");
  const entry = row(admin, "Discarded 6 views of 2 targets").first();
  await expect(entry).toContainText("admin@forum.test");
  await expect(entry).toContainText("Reason: sent by a script, see ticket 12");
  await expect(entry).toContainText("forum_topic:spam-1: 4 views, forum_topic:spam-2: 2 views");
  await site.sync();
  expect(await site.persisted("spam-1")).toBe(0);
});

test("a discard that is called off discards nothing", async ({ admin, site }) => {
  await keep(site, { spared: 2 });
  await visit(admin, "/admin/failures?q=spared");
  await tick(admin, "forum_topic:spared");
  const open = admin.getByRole("button", { name: "Discard…", exact: true });
  const dialog = admin.getByRole("alertdialog");
  await open.click();
  await dialog.getByLabel("Reason").fill("changed my mind");
  await admin.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(open).toBeFocused();
  const { kept } = await site.books.read();
  await open.click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(row(admin, /^forum_topic:spared/)).toBeVisible();
  expect((await site.books.read()).kept).toBe(kept);
});

test("what is gone by the time of the discard is said", async ({ admin, site }) => {
  await keep(site, { gone: 3, there: 2 });
  await visit(admin, "/admin/failures");
  await tick(admin, "forum_topic:gone", "forum_topic:there");
  await admin.getByRole("button", { name: "Discard…", exact: true }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Discard 2 targets?" });
  await site.pool.query("DELETE FROM refused_topics WHERE dao_slug = $1 AND \"topicId\" = 'gone'", [
    site.daoSlug,
  ]);
  await site.sync();
  await dialog.getByLabel("Reason").fill("both were spam");
  await dialog.getByRole("button", { name: "Discard 5 views" }).click();
  await expect(
    admin.getByText("Discarded 2 views of 1 target. 1 target had been flushed already."),
  ).toBeVisible();
  expect(await site.persisted("gone")).toBe(3);
});

test("who comes second with a discard is told who came first", async ({ admin, open, site }) => {
  await keep(site, { contested: 3 });
  const other = await open("admin");
  await visit(other, "/admin/failures?q=contested");
  await visit(admin, "/admin/failures?q=contested");
  const dialogOf = (page: Page) => page.getByRole("alertdialog", { name: "Discard 1 target?" });
  for (const page of [admin, other]) {
    await page.getByRole("button", { name: "Discard… forum_topic:contested" }).click();
    await dialogOf(page).getByLabel("Reason").fill("spam, surely");
  }
  for (const page of [admin, other]) {
    await dialogOf(page).getByRole("button", { name: "Discard 3 views" }).click();
    await expect(message(page)).toBeFocused();
  }
  await expect(message(other)).toHaveText(
    "Nothing was discarded. forum_topic:contested was already discarded by admin@forum.test.",
  );
});

test("what fails is discarded from its topic's page, too", async ({ admin, site }) => {
  await keep(site, { doomed: 7 });
  await visit(admin, "/admin/topics/doomed");
  const failing = admin.getByRole("region", { name: "Failing: 7 views kept" });
  await failing.getByRole("button", { name: "Discard…", exact: true }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Discard 1 target?" });
  await dialog.getByLabel("Reason").fill("the topic was deleted");
  await dialog.getByRole("button", { name: "Discard 7 views" }).click();
  await expect(admin.getByText("Discarded 7 views of 1 target.")).toBeVisible();
  // The topic still has a page, which says what happened to its views.
  await expect(admin).toHaveURL("/admin/topics/doomed");
  await expect(failing).toHaveCount(0);
  await expect(admin.getByText("No views of this topic yet")).toBeVisible();
  await expect(row(admin, "Discarded 7 views")).toContainText("admin@forum.test");
  await expect(row(admin, "Discarded 7 views")).toContainText("the topic was deleted");
  expect((await site.books.read()).difference).toBe(0);
});
