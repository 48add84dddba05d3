import { expectNoViolations } from "./axe";
import { expect, test } from "./fixtures";
import { atWork, message, row } from "./steps";

test.use({ expectedStatuses: [400] });

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? ", and revokes it" : ", without JavaScript";
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
    if (javaScriptEnabled) await expectNoViolations(page, "a new token");
    await page.goto("/admin/tokens");
    await expect(row(page, name)).toContainText("Never");
    await expect(page.getByText(/fvt_/)).toHaveCount(0);
    // A revocation asks in a dialog.
    if (!javaScriptEnabled) return;
    await atWork(page);
    await page.getByRole("button", { name: `Revoke: ${name}` }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Revoke token" }).click();
    await expect(message(page)).toContainText(`${name} is revoked`);
    await expect(row(page, name)).toContainText("Revoked");
  });
}
