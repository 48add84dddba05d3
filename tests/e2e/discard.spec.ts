import type { Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { keepFailing, message, row, stat, tick, visit } from "./steps";

/** The answer to a form without a reason. */
test.use({ expectedStatuses: [400] });

test("a discard names what will be lost, wants a reason, and is kept in log and books", async ({
  admin,
  site,
}) => {
  await keepFailing(site, { "spam-1": 4, "spam-2": 2, honest: 1 });
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
  // An error in one dialog is not shown in the next one, however it is closed.
  const open = admin.getByRole("button", { name: "Discard…", exact: true });
  for (const close of [
    () => admin.keyboard.press("Escape"),
    () => dialog.getByRole("button", { name: "Cancel" }).click(),
  ]) {
    await close();
    await expect(dialog).toHaveCount(0);
    await expect(open).toBeFocused();
    await open.click();
    await expect(reason).toHaveValue("");
    await expect(reason).not.toHaveAttribute("aria-invalid", "true");
  }
  expect((await site.books.read()).discarded).toBe(before.discarded);

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
  await visit(admin, "/admin/failures");
  await admin.getByRole("link", { name: "Discarded before" }).click();
  const entry = row(admin, "Discarded 6 views of 2 targets").first();
  await expect(entry).toContainText("admin@forum.test");
  await expect(entry).toContainText("Reason: sent by a script, see ticket 12");
  await expect(entry).toContainText("forum_topic:spam-1: 4 views, forum_topic:spam-2: 2 views");
  await site.sync();
  expect(await site.persisted("spam-1")).toBe(0);
});

test("what is gone by the time of the discard is said", async ({ admin, site }) => {
  const cure = await keepFailing(site, { gone: 3 });
  await keepFailing(site, { there: 2 });
  await visit(admin, "/admin/failures");
  await tick(admin, "forum_topic:gone", "forum_topic:there");
  await admin.getByRole("button", { name: "Discard…", exact: true }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Discard 2 targets?" });
  await cure();
  await site.sync();
  await dialog.getByLabel("Reason").fill("both were spam");
  await dialog.getByRole("button", { name: "Discard 5 views" }).click();
  await expect(
    admin.getByText("Discarded 2 views of 1 target. 1 target had been flushed already."),
  ).toBeVisible();
  expect(await site.persisted("gone")).toBe(3);
});

test("who comes second with a discard is told who came first", async ({ admin, open, site }) => {
  await keepFailing(site, { contested: 3 });
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
  await keepFailing(site, { doomed: 7 });
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
