import type { Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { accountMenu, holdRequests, row, signIn, visit } from "./steps";

/** From refused forms, wrong passwords, and pages that are not for everybody. */
test.use({ expectedStatuses: [400, 401, 403] });

function addForm(page: Page) {
  return page.locator("form").filter({ has: page.getByRole("button", { name: "Add user" }) });
}

test("an admin adds a user, who can sign in", async ({ admin, visitor, people }) => {
  const { email: taken } = await people.add("operator");
  const email = `added-${Date.now().toString(36)}@forum.test`;
  await visit(admin, "/admin/users");
  const form = addForm(admin);
  await form.getByLabel("E-mail").fill(taken.toUpperCase());
  await form.getByLabel("Role").selectOption("Maintainer");
  await form.getByLabel("Password").fill("short");
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(admin.getByRole("alert")).toBeFocused();
  // What was typed stays when a user is refused, but no password.
  await expect(form.getByLabel("E-mail")).toHaveValue(taken.toUpperCase());
  await expect(form.getByLabel("Role")).toHaveValue("maintainer");
  await expect(form.getByLabel("Password")).toHaveAccessibleDescription(
    /A password has at least 12 characters/,
  );
  await expect(form.getByLabel("Password")).toHaveValue("");
  await form.getByLabel("Password").fill("long enough, surely");
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(form.getByLabel("E-mail")).toHaveAccessibleDescription(
    /There is a user with this address already/,
  );
  await expect(form.getByLabel("Password")).toHaveValue("");
  await form.getByLabel("E-mail").fill(email);
  await form.getByLabel("Password").fill("long enough, surely");
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(admin.getByText(`${email} can sign in now, as a maintainer.`)).toBeVisible();
  await expect(row(admin, email)).toContainText("Never");
  await expect(form.getByLabel("E-mail")).toHaveValue("");

  await visitor.goto("/login");
  await signIn(visitor, { email, password: "long enough, surely" });
  await expect(visitor).toHaveURL("/admin");
  await expect(accountMenu(visitor)).toContainText(email);
  await visit(admin, `/admin/audit?action=user-create`);
  await expect(row(admin, `Created the maintainer ${email}`)).toContainText("admin@forum.test");
});

test("what is typed after a refusal stays and is sent, though the page is still loading", async ({
  admin,
}) => {
  await visit(admin, "/admin/users");
  const form = addForm(admin);
  const email = `quick-${Date.now().toString(36)}@forum.test`;
  await form.getByLabel("E-mail").fill(email);
  await form.getByLabel("Password").fill("short");
  const letThrough = await holdRequests(admin, /_data=routes%2Fadmin(&|$)/);
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(admin.getByRole("alert")).toBeFocused();
  await form.getByLabel("Password").fill("long enough, surely");
  const loaded = admin.waitForResponse(/_data=routes%2Fadmin(&|$)/);
  letThrough();
  await loaded;
  await expect(form.getByRole("button", { name: "Add user" })).not.toHaveAttribute("aria-disabled");
  await expect(form.getByLabel("Password")).toBeFocused();
  await expect(form.getByLabel("Password")).toHaveValue("long enough, surely");

  await form.getByLabel("Password").fill("short");
  const letThroughAgain = await holdRequests(admin, /_data=routes%2Fadmin(&|$)/);
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(admin.getByRole("alert")).toBeFocused();
  await form.getByLabel("Password").fill("long enough, surely");
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(admin.getByRole("button", { name: "Adding…" })).toBeVisible();
  letThroughAgain();
  await expect(admin.getByText(`${email} can sign in now, as an operator.`)).toBeVisible();
  await expect(row(admin, email)).toHaveCount(1);
});

test("what was typed for a new user outlives the answers to other forms", async ({
  admin,
  people,
}) => {
  const { email } = await people.add("operator");
  await visit(admin, "/admin/users");
  const form = addForm(admin);
  const dialog = admin.getByRole("alertdialog");
  const expectTyped = async (typed: string) => {
    await expect(form.getByLabel("E-mail")).toHaveValue(typed);
    await expect(form.getByLabel("Role")).toHaveValue("admin");
  };
  const refuseReset = async () => {
    await admin.getByRole("button", { name: `Reset password: ${email}` }).click();
    await dialog.getByLabel("New password").fill("short");
    await dialog.getByRole("button", { name: "Set password" }).click();
    await expect(dialog.getByLabel("New password")).toHaveAccessibleDescription(/has at least 12/);
    await expect(dialog.getByLabel("New password")).toHaveValue("");
    await dialog.getByRole("button", { name: "Cancel" }).click();
  };
  await form.getByLabel("E-mail").fill("half");
  await form.getByLabel("Role").selectOption("Admin");
  await refuseReset();
  await expectTyped("half");
  await admin.getByRole("button", { name: `Disable: ${email}` }).click();
  await dialog.getByRole("button", { name: "Disable" }).click();
  await expect(row(admin, email)).toContainText("Disabled");
  await expectTyped("half");

  await form.getByLabel("E-mail").fill("whole@forum.test");
  await form.getByLabel("Password").fill("short");
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(form.getByRole("alert")).toBeFocused();
  await refuseReset();
  await expect(form.getByRole("alert")).toHaveCount(0);
  await expectTyped("whole@forum.test");
});

test("an admin's changes to a user take effect at once", async ({ admin, open, people }) => {
  const { email } = await people.add("operator");
  const theirs = await open("nobody", { storageState: await people.signIn(email) });
  await visit(theirs, "/admin");
  await expect(theirs.getByRole("button", { name: "Flush now" })).toHaveCount(0);
  await visit(admin, "/admin/users");
  const dialog = admin.getByRole("alertdialog");
  await admin.getByRole("button", { name: `Make admin: ${email}` }).click();
  await expect(dialog).toHaveAccessibleName(`Make ${email} an admin?`);
  await dialog.getByRole("button", { name: "Make admin" }).click();
  await expect(row(admin, email)).toContainText("Admin");
  await visit(theirs, "/admin");
  await expect(theirs.getByRole("button", { name: "Flush now" })).toBeVisible();

  await admin.getByRole("button", { name: `Make operator: ${email}` }).click();
  await dialog.getByRole("button", { name: "Make operator", exact: true }).click();
  await expect(row(admin, email)).toContainText("Operator");
  // Their page still shows the button, but the server refuses.
  await theirs.getByRole("button", { name: "Flush now" }).click();
  await expect(theirs.getByRole("heading", { name: "You may not do this" })).toBeVisible();

  await admin.getByRole("button", { name: `Reset password: ${email}` }).click();
  await expect(dialog).toHaveAccessibleName(`A new password for ${email}`);
  await dialog.getByLabel("New password").fill("a new horse battery");
  await dialog.getByRole("button", { name: "Set password" }).click();
  await expect(admin.getByText(`${email} has a new password`)).toBeVisible();
  await theirs.goto("/admin/topics");
  await expect(theirs).toHaveURL(/\/login/);
  await signIn(theirs, { email, password: "a new horse battery" });
  await expect(theirs).toHaveURL("/admin/topics");

  await admin.getByRole("button", { name: `Disable: ${email}` }).click();
  await dialog.getByRole("button", { name: "Disable" }).click();
  await expect(row(admin, email)).toContainText("Disabled");
  await theirs.getByRole("link", { name: "Runs" }).first().click();
  await expect(theirs).toHaveURL(/\/login/);
  await signIn(theirs, { email, password: "a new horse battery" });
  await expect(theirs.getByRole("alert")).toContainText("The e-mail address or the password");
  await admin.getByRole("button", { name: `Enable: ${email}` }).click();
  await expect(row(admin, email)).toContainText("Active");
  await signIn(theirs, { email, password: "a new horse battery" });
  await expect(theirs).toHaveURL(/\/admin/);
});

test("nobody changes their own account on the page of users", async ({ admin }) => {
  await visit(admin, "/admin/users");
  const own = row(admin, "admin@forum.test");
  await expect(own.getByRole("button")).toHaveCount(0);
  await own.getByRole("link", { name: "Your account" }).click();
  await expect(admin.getByRole("heading", { name: "Your account" })).toBeVisible();
});

test("everybody changes their own password, and signs out everywhere", async ({ open, people }) => {
  const user = await people.add("operator");
  const page = await open("nobody", { storageState: await people.signIn(user.email) });
  const other = await open("nobody", { storageState: await people.signIn(user.email) });
  await visit(page, "/admin");
  await accountMenu(page).click();
  await page.getByRole("link", { name: "Your account" }).click();
  await expect(page.getByText("2 browsers")).toBeVisible();
  const change = async (current: string, next: string, again = next) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByLabel("New password", { exact: true }).fill(next);
    await page.getByLabel("New password again").fill(again);
    await page.getByRole("button", { name: "Change password" }).click();
  };
  /** Passwords do not stay in a form that was answered. */
  const expectRefused = async (field: string, why: string) => {
    const refused = page.getByLabel(field, { exact: true });
    await expect(refused).toHaveAccessibleDescription(new RegExp(why));
    await expect(refused).toHaveValue("");
  };
  await change("not the password", "a new horse battery");
  await expectRefused("Current password", "This is not your current password");
  await change(user.password, "a new horse battery", "another horse battery");
  await expectRefused("New password again", "This is not the same password");
  await change(user.password, "a new horse battery");
  await expect(page.getByText("Your password is changed")).toBeVisible();
  await expect(page.getByText("1 browser", { exact: true })).toBeVisible();
  await other.goto("/admin");
  await expect(other).toHaveURL("/login");
  await signIn(other, { ...user, password: "a new horse battery" });
  await expect(other).toHaveURL("/admin");

  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page).toHaveURL("/login");
  await expect(page.getByText("You are signed out everywhere.")).toBeVisible();
  await other.goto("/admin");
  await expect(other).toHaveURL("/login");
});
