import { expect, test, type Site } from "./fixtures";
import { expectEnded, flushNow, requestsOf, visit } from "./steps";

/** The answer to a decision without a reason. */
test.use({ expectedStatuses: [400] });

/** The result of a failover to a replica that lagged: an id that was given out is no longer known. */
async function failOver(site: Site): Promise<void> {
  await site.count("before", 1);
  await site.sync();
  const lastBatch = await site.redis.get(site.keys.lastBatch);
  await site.count("before", 1);
  await site.sync();
  await site.redis.set(site.keys.lastBatch, lastBatch ?? "0");
  await site.count("after", 4);
}

test("a lost batch stops the syncs, until an admin discards what Redis has", async ({
  admin,
  operator,
  site,
}) => {
  await failOver(site);
  await visit(operator, "/admin/runs");
  const banner = operator.getByRole("region", {
    name: "Redis has lost a batch that it had acknowledged",
  });
  await banner.getByRole("link", { name: "Decide" }).click();
  await expect(operator).toHaveURL("/admin#regression");
  await expect(operator.getByText("syncs wait for a decision")).toBeVisible();
  await expect(operator.getByRole("button", { name: /overlay/ })).toHaveCount(0);

  await flushNow(admin);
  await expect(admin.getByText("an admin has to decide what to do").first()).toBeVisible();
  await expect(admin.getByText("Nothing is lost")).toBeVisible();

  await visit(admin, "/admin");
  await admin.getByRole("button", { name: "Discard the overlay" }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Discard what Redis has pending?" });
  await expect(dialog).toContainText("4 views in 1 target will be dropped.");
  await dialog.getByLabel("Reason").fill("no");
  await dialog.getByRole("button", { name: "Discard the overlay" }).click();
  await expect(dialog.getByLabel("Reason")).toHaveAccessibleDescription(/Say why/);
  // The dialog of the other choice shows no error.
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await admin.getByRole("button", { name: "Keep the overlay" }).click();
  await expect(admin.getByLabel("Reason")).not.toHaveAttribute("aria-invalid");
  await admin.keyboard.press("Escape");

  await admin.getByRole("button", { name: "Discard the overlay" }).click();
  await dialog.getByLabel("Reason").fill("the replica was a minute behind");
  await dialog.getByRole("button", { name: "Discard the overlay" }).click();
  await expect(admin.getByText("The overlay was discarded: 4 views. Syncs go on.")).toBeVisible();
  await expect(admin.getByRole("button", { name: "Discard the overlay" })).toHaveCount(0);
  expect((await site.books.read()).difference).toBe(0);
  await site.count("after", 2);
  await site.sync();
  expect(await site.persisted("after")).toBe(2);
});

test("or keeps it", async ({ open, site }) => {
  const admin = await open("admin");
  await failOver(site);
  const before = await site.persisted("after");
  await admin.clock.install();
  await visit(admin, "/admin");
  await admin.getByRole("button", { name: "Keep the overlay" }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Keep what Redis has pending?" });
  await expect(dialog).toBeVisible();
  // Live refresh waits while a dialog is open.
  const refreshed = requestsOf(admin);
  await admin.clock.runFor(21_000);
  expect(refreshed).toEqual([]);
  await dialog.getByLabel("Reason").fill("better twice than not at all");
  await dialog.getByRole("button", { name: "Keep the overlay" }).click();
  await expect(admin.getByText("The overlay was kept. Syncs go on.")).toBeVisible();
  await admin.getByRole("button", { name: "Flush now" }).click();
  await expectEnded(admin, "Succeeded");
  expect(await site.persisted("after")).toBe(before + 4);
  expect((await site.books.read()).difference).toBe(0);
  await visit(admin, "/admin/audit?action=regression");
  await expect(admin.getByText("Kept 4 pending views after Redis had lost a batch")).toBeVisible();
});
