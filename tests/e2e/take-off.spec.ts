import { expect, test, type Site } from "./fixtures";
import { row, stat, visit } from "./steps";

/** The answer to a form without a number or without a reason. */
test.use({ expectedStatuses: [400] });

async function viewsOf(site: Site, topicId: string): Promise<unknown> {
  const answer = await fetch(`${site.origin}/api/v1/forum/topics/${topicId}/views`);
  return ((await answer.json()) as { uniqueViews: unknown }).uniqueViews;
}

test("an admin takes views off a topic, and the API shows the new number", async ({
  admin,
  site,
}) => {
  await site.count("padded", 12);
  await site.sync();
  await site.count("padded", 3);
  await visit(admin, "/admin/topics/padded");
  await admin.getByRole("button", { name: "Take views off…" }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Take views off topic padded?" });
  await expect(dialog).toContainText("12 views of it are persisted.");
  const [views, reason] = [dialog.getByLabel("Views"), dialog.getByLabel("Reason")];
  const confirm = dialog.getByRole("button", { name: "Take them off" });
  for (const wrong of ["0", "1.5", "99999999999"]) {
    await views.fill(wrong);
    await reason.fill("no");
    await confirm.click();
    await expect(views).toHaveAccessibleDescription(/whole number from 1|No topic has that many/);
    await expect(reason).toHaveAccessibleDescription(/Say why/);
  }
  await expect(stat(admin, "All views")).toHaveText("15");
  await expect(admin.getByText("3 waiting", { exact: true })).toBeVisible();
  expect(await viewsOf(site, "padded")).toBe(15);

  await views.fill("10");
  await reason.fill("a script, see ticket 14");
  await confirm.click();
  await expect(admin.getByText("10 views were taken off.")).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await expect(stat(admin, "Persisted")).toHaveText("2");
  expect(await viewsOf(site, "padded")).toBe(5);

  // No more views can be taken off than the topic has.
  await admin.getByRole("button", { name: "Take views off…" }).click();
  await views.fill("100");
  await reason.fill("all of them, after all");
  await confirm.click();
  await expect(admin.getByText("2 views were taken off: it had no more.")).toBeVisible();
  expect(await viewsOf(site, "padded")).toBe(3);
  expect(await site.books.read()).toMatchObject({ applied: 0, discarded: 12, difference: 0 });

  await visit(admin, "/admin/audit?action=views-taken-off");
  const entry = row(admin, "Took 10 views off topic padded");
  await expect(entry).toContainText("admin@forum.test");
  await expect(entry).toContainText("Reason: a script, see ticket 14");
  await expect(row(admin, "Took 2 views off topic padded")).toBeVisible();
  await visit(admin, "/admin");
  await expect(admin.getByText("No views in this period")).toBeVisible();
});
