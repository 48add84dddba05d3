import type { Locator, Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { keepFailing, message, tick, visit } from "./steps";

/** Presses Tab until the element has the focus, as people without a pointer do. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  await expect(element).toBeVisible();
  for (let presses = 0; presses < 80; presses += 1) {
    if (await element.evaluate((node) => node === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab does not get there");
}

test("a failed target is retried with Tab, Space and Enter alone", async ({ admin, site }) => {
  const cure = await keepFailing(site, { "by-keys": 2 });
  await cure();
  await visit(admin, "/admin/failures");
  await tabTo(admin, admin.getByRole("checkbox", { name: "Select forum_topic:by-keys" }));
  await admin.keyboard.press("Space");
  // Tab has reached the buttons before the table.
  const retry = admin.getByRole("button", { name: "Retry…", exact: true });
  await expect(retry).toBeVisible();
  await tabTo(admin, retry);
  await admin.keyboard.press("Enter");
  await tabTo(admin, admin.getByRole("button", { name: "Retry 1 target" }));
  await admin.keyboard.press("Enter");
  await expect(message(admin)).toContainText("2 views of 1 target moved to their topics");
  await expect(message(admin)).toBeFocused();
  expect(await site.persisted("by-keys")).toBe(2);
});

test("Tab stays in an open dialog, and whatever closes it leaves the focus in the page", async ({
  admin,
  site,
}) => {
  await keepFailing(site, { trapped: 1 });
  await visit(admin, "/admin/failures?q=trapped");
  await tabTo(admin, admin.getByRole("checkbox", { name: "Select forum_topic:trapped" }));
  await admin.keyboard.press("Space");
  const discard = admin.getByRole("button", { name: "Discard…", exact: true });
  await tabTo(admin, discard);
  await admin.keyboard.press("Enter");
  const dialog = admin.getByRole("alertdialog");
  await expect(dialog.getByLabel("Reason")).toBeFocused();
  // From its last button on to the browser's own bar, and from there back to its first field.
  const isBehind = () =>
    dialog.evaluate(
      (node) => document.activeElement !== document.body && !node.contains(document.activeElement),
    );
  for (let presses = 0; presses < 8; presses += 1) {
    await admin.keyboard.press("Tab");
    expect(await isBehind()).toBe(false);
  }
  await tabTo(admin, dialog.getByLabel("Reason"));
  await admin.keyboard.press("Escape");
  await expect(discard).toBeFocused();

  await admin.keyboard.press("Enter");
  await admin.keyboard.type("no longer wanted");
  await tabTo(admin, admin.getByRole("button", { name: "Discard 1 view" }));
  await admin.keyboard.press("Enter");
  await expect(message(admin)).toContainText("Discarded 1 view of 1 target.");
  await expect(message(admin)).toBeFocused();
});

test("no key is lost where a dialog closes", async ({ admin, site }) => {
  await keepFailing(site, { reopened: 1 });
  await visit(admin, "/admin/failures?q=reopened");
  await tick(admin, "forum_topic:reopened");
  const discard = admin.getByRole("button", { name: "Discard…", exact: true });
  const dialog = admin.getByRole("alertdialog");
  await tabTo(admin, discard);
  for (let times = 0; times < 5; times += 1) {
    await admin.keyboard.press("Enter");
    await admin.keyboard.type("why");
    await expect(dialog.getByLabel("Reason")).toHaveValue("why");
    // Nothing is waited for in between: the second Enter is for the button that has the focus again.
    await admin.keyboard.press("Escape");
    await admin.keyboard.press("Enter");
    await expect(dialog.getByLabel("Reason")).toHaveValue("");
    await admin.keyboard.press("Escape");
  }
  await expect(dialog).toHaveCount(0);
  await expect(discard).toBeFocused();
});

test("a search by Enter keeps the focus in its field, and a page begins at its heading", async ({
  operator,
}) => {
  await visit(operator, "/admin/failures");
  await operator.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(operator.getByRole("heading", { name: "Runs", level: 1 })).toBeFocused();
  await visit(operator, "/admin/topics");
  const search = operator.getByRole("searchbox");
  await search.fill("nothing like this");
  await search.press("Enter");
  await expect(operator.getByText("No topic matches")).toBeVisible();
  await expect(search).toBeFocused();
});

test("the first Tab offers to skip the navigation", async ({ operator }) => {
  await visit(operator, "/admin/topics");
  await operator.keyboard.press("Tab");
  const skip = operator.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await operator.keyboard.press("Enter");
  await operator.keyboard.press("Tab");
  const isInMain = () => operator.evaluate(() => document.activeElement?.closest("main") !== null);
  expect(await isInMain()).toBe(true);
});
