import { expectNoViolations } from "./axe";
import { expect, test } from "./fixtures";
import { atWork, message, row, visit } from "./steps";

test.use({ expectedStatuses: [400, 403] });

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "" : ", without JavaScript";
  test(`an admin creates a token, which is shown once${how}`, async ({ open }) => {
    const page = await open("admin", { javaScriptEnabled });
    const name = `indexer ${Date.now().toString(36)}`;
    await page.goto("/admin/tokens");
    if (javaScriptEnabled) await atWork(page);
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    await page.getByRole("button", { name: "Create token" }).click();
    await expect(page.getByRole("alert")).toContainText("Choose at least one scope");
    await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue(name);
    await page.getByRole("checkbox", { name: "stats:read" }).check();
    await page.getByRole("button", { name: "Create token" }).click();
    const created = page.getByRole("region", { name: `${name} is created` });
    await expect(created.getByText(/^fvt_[\w-]{43}$/)).toBeVisible();
    await expect(row(page, name)).toContainText("Active");
    await page.goto("/admin/tokens");
    await expect(row(page, name)).toContainText("Never");
    await expect(page.getByText(/fvt_/)).toHaveCount(0);
  });
}

test("an admin revokes a token", async ({ admin }) => {
  const name = `leaked ${Date.now().toString(36)}`;
  await visit(admin, "/admin/tokens");
  await admin.getByRole("textbox", { name: "Name" }).fill(name);
  await admin.getByRole("checkbox", { name: "sync" }).check();
  await admin.getByRole("button", { name: "Create token" }).click();
  await expect(row(admin, name)).toContainText("Active");
  await expectNoViolations(admin, "a new token");
  await admin.getByRole("button", { name: `Revoke: ${name}` }).click();
  await admin.getByRole("alertdialog").getByRole("button", { name: "Revoke token" }).click();
  await expect(message(admin)).toContainText(`${name} is revoked`);
  await expect(row(admin, name)).toContainText("Revoked");
});

test("a maintainer flushes, and sees neither users nor tokens", async ({ open }) => {
  const page = await open("maintainer");
  await visit(page, "/admin");
  await expect(page.getByRole("button", { name: /^Flush/ }).first()).toBeVisible();
  const navigation = page.getByRole("navigation", { name: "Main" });
  await expect(navigation.getByRole("link", { name: "Audit log" })).toBeVisible();
  for (const name of ["Users", "Tokens"]) {
    await expect(navigation.getByRole("link", { name })).toHaveCount(0);
    await page.goto(`/admin/${name.toLowerCase()}`);
    await expect(page.getByRole("heading", { name: "You may not do this" })).toBeVisible();
  }
});
