import { expect, test } from "./fixtures";
import { row, stat, tick, visit } from "./steps";

/** The answer to a form without a reason. */
test.use({ expectedStatuses: [400] });

test("a discard names what will be lost, wants a reason, and is kept in log and books", async ({
  admin,
  site,
}) => {
  // The first sync opens the books; before it there are none to discard from.
  await site.sync();
  await site.count("spam-1", 4);
  await site.count("spam-2", 2);
  await site.count("honest", 1);
  const before = await site.books.read();
  await visit(admin, "/admin/pending");
  await tick(admin, "forum_topic:spam-1", "forum_topic:spam-2");
  await admin.getByRole("button", { name: "Discard…" }).click();

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
  // Blanks get past the browser, and not past the server.
  await reason.fill("   ");
  await confirm.click();
  await expect(reason).toHaveAccessibleDescription(/Say why, in at least 3 characters/);
  await expect(reason).toHaveAttribute("aria-invalid", "true");
  expect((await site.books.read()).discarded).toBe(before.discarded);

  await reason.fill("sent by a script, see ticket 12");
  await confirm.click();
  await expect(admin.getByRole("status").filter({ hasText: "Discarded" })).toHaveText(
    "Discarded 6 views of 2 targets.",
  );
  await expect(dialog).toHaveCount(0);
  await expect(row(admin, "forum_topic:honest")).toBeVisible();
  await expect(row(admin, /spam/)).toHaveCount(0);

  expect(await site.books.read()).toMatchObject({
    discarded: before.discarded + 6,
    discarding: 0,
    difference: 0,
  });
  await visit(admin, "/admin");
  await expect(stat(admin, "Books").first()).toHaveText("Balanced");
  await visit(admin, "/admin/audit?action=discard");
  const entry = row(admin, "Discarded 6 views of 2 targets").first();
  await expect(entry).toContainText("admin@forum.test");
  await expect(entry).toContainText("Reason: sent by a script, see ticket 12");
  await site.sync();
  expect(await site.persisted("spam-1")).toBe(0);
  expect(await site.persisted("honest")).toBe(1);
});

test("a discard that is called off discards nothing", async ({ admin, site }) => {
  await site.count("spared", 2);
  await visit(admin, "/admin/pending?q=spared");
  await tick(admin, "forum_topic:spared");
  const open = admin.getByRole("button", { name: "Discard…" });
  const dialog = admin.getByRole("alertdialog");
  await open.click();
  await dialog.getByLabel("Reason").fill("changed my mind");
  await admin.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(open).toBeFocused();
  await open.click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(row(admin, "forum_topic:spared")).toBeVisible();
  expect(await site.redis.zscore(site.keys.overlay, "forum_topic:spared")).toBe("2");
});

test("what fails can be discarded from the inbox, and is gone from it", async ({ admin, site }) => {
  const cure = await site.refuse("doomed");
  await site.count("doomed", 7);
  await site.sync();
  await visit(admin, "/admin/failures?q=doomed");
  await tick(admin, "forum_topic:doomed");
  await admin.getByRole("button", { name: "Discard…" }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Discard 1 target?" });
  await dialog.getByLabel("Reason").fill("the topic was deleted");
  await dialog.getByRole("button", { name: "Discard 7 views" }).click();
  await expect(admin.getByText("Discarded 7 views of 1 target.")).toBeVisible();
  await expect(row(admin, /doomed/)).toHaveCount(0);
  await expect(admin.getByText("Nothing is failing")).toBeVisible();
  expect((await site.books.read()).difference).toBe(0);
  await cure();
});
