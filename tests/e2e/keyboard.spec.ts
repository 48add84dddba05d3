import type { Locator, Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { expectEnded, row, visit } from "./steps";

/** Goes on with Tab until the element has the focus, as somebody without a pointer does. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  await expect(element).toBeVisible();
  for (let presses = 0; presses < 80; presses += 1) {
    if (await element.evaluate((node) => node === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab does not get there");
}

test("a failed target is retried with Tab, Space and Enter alone", async ({ admin, site }) => {
  const cure = await site.refuse("by-keys");
  await site.count("by-keys", 2);
  await site.sync();
  await cure();
  await visit(admin, "/admin/failures");
  await tabTo(admin, admin.getByRole("checkbox", { name: "Select forum_topic:by-keys" }));
  await admin.keyboard.press("Space");
  // The buttons have come before the table.
  const retry = admin.getByRole("button", { name: "Retry…" });
  await expect(retry).toBeVisible();
  await tabTo(admin, retry);
  await admin.keyboard.press("Enter");
  await tabTo(admin, admin.getByRole("button", { name: "Retry 1 target" }));
  await admin.keyboard.press("Enter");
  await expectEnded(admin, "Succeeded");
  await expect(row(admin, "forum_topic:by-keys")).toContainText("Flushed");
  expect(await site.persisted("by-keys")).toBe(2);
});

test("Tab stays in an open dialog, and Escape gives the focus back", async ({ admin, site }) => {
  await site.count("trapped", 1);
  await visit(admin, "/admin/pending?q=trapped");
  await tabTo(admin, admin.getByRole("checkbox", { name: "Select forum_topic:trapped" }));
  await admin.keyboard.press("Space");
  const discard = admin.getByRole("button", { name: "Discard…" });
  await tabTo(admin, discard);
  await admin.keyboard.press("Enter");
  const dialog = admin.getByRole("alertdialog");
  await expect(dialog.getByLabel("Reason")).toBeFocused();
  for (let presses = 0; presses < 6; presses += 1) {
    await admin.keyboard.press("Tab");
    expect(await dialog.evaluate((node) => node.contains(document.activeElement))).toBe(true);
  }
  await admin.keyboard.press("Escape");
  await expect(discard).toBeFocused();
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

test("? lists the shortcuts, and they work", async ({ operator }) => {
  await visit(operator, "/admin/topics");
  await operator.keyboard.press("?");
  const list = operator.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(list.getByText("Go to Failures")).toBeVisible();
  await expect(list.getByText("Search this list")).toBeVisible();
  await expect(list.getByText("Go to Users")).toHaveCount(0);
  // Behind the open list nothing happens.
  await operator.keyboard.press("g");
  await operator.keyboard.press("f");
  await operator.keyboard.press("Escape");
  await expect(list).toHaveCount(0);
  await expect(operator).toHaveURL("/admin/topics");

  await operator.keyboard.press("/");
  await expect(operator.getByRole("searchbox")).toBeFocused();
  await operator.keyboard.type("gf?");
  await expect(operator.getByRole("searchbox")).toHaveValue("gf?");
  await expect(list).toHaveCount(0);

  await operator.keyboard.press("Tab");
  await operator.keyboard.press("g");
  await operator.keyboard.press("f");
  await expect(operator).toHaveURL("/admin/failures");
  await expect(operator.getByRole("heading", { name: "Failures", level: 1 })).toBeVisible();
  await expect(operator.getByRole("main")).toBeFocused();
});

test("the shortcuts can be switched off, for good", async ({ operator }) => {
  await visit(operator, "/admin/topics");
  await operator.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await operator.getByRole("checkbox", { name: "Use keyboard shortcuts" }).uncheck();
  await operator.keyboard.press("Escape");
  await operator.reload();
  await expect(operator.getByRole("button", { name: "Keyboard shortcuts" })).toBeVisible();
  await operator.keyboard.press("?");
  await operator.keyboard.press("/");
  await expect(operator.getByRole("searchbox")).not.toBeFocused();
  await expect(operator.getByRole("dialog")).toHaveCount(0);
});
