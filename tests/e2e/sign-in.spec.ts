import { expect, test } from "./fixtures";
import { atWork, signIn, signOut } from "./steps";

test.use({ expectedStatuses: [401, 429] });

test("leads back to the page that was asked for, and out again", async ({ visitor, people }) => {
  const user = await people.add("operator");
  await visitor.goto("/admin/runs?status=failed");
  await expect(visitor).toHaveURL("/login?redirectTo=%2Fadmin%2Fruns%3Fstatus%3Dfailed");
  await expect(visitor).toHaveTitle("Sign in · Forum Views");
  await signIn(visitor, { ...user, password: "not the password" });
  const alert = visitor.getByRole("alert");
  await expect(alert).toBeFocused();
  await expect(alert).toContainText("The e-mail address or the password is not right.");
  await expect(visitor.getByLabel("E-mail")).toHaveValue(user.email);
  await signIn(visitor, user);
  await expect(visitor).toHaveURL("/admin/runs?status=failed");
  await expect(visitor.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
  await visitor.goto("/login");
  await expect(visitor).toHaveURL("/admin");

  await signOut(visitor);
  await expect(visitor).toHaveURL("/login");
  const signedOut = "You are signed out.";
  await expect(visitor.getByRole("status").filter({ hasText: signedOut })).toHaveText(signedOut);
  await visitor.goto("/admin/pending");
  await expect(visitor).toHaveURL("/login?redirectTo=%2Fadmin%2Fpending");
});

test("bounds how often a password can be guessed", async ({ visitor, people }) => {
  const user = await people.add("operator");
  await visitor.goto("/login");
  const alert = visitor.getByRole("alert");
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await Promise.all([
      visitor.waitForResponse((response) => response.request().method() === "POST"),
      signIn(visitor, { ...user, password: `guess ${attempt}` }),
    ]);
    await expect(alert).toContainText("That did not work");
  }
  // From here on, even the right password is refused.
  await signIn(visitor, user);
  await expect(alert).toContainText("Too many attempts");
  await expect(alert).toContainText("Wait 15 minutes, then try again.");
  await visitor.goto("/admin");
  await expect(visitor).toHaveURL("/login");
});

test("a form that meets the end of the session is there again after signing in", async ({
  open,
  people,
}) => {
  const page = await open("nobody");
  const user = await people.add("admin");
  await page.goto("/login?redirectTo=%2Fadmin%2Fusers");
  await signIn(page, user);
  await atWork(page);
  const form = page.locator("form").filter({ has: page.getByRole("button", { name: "Add user" }) });
  const email = `kept-${Date.now().toString(36)}@forum.test`;
  await form.getByLabel("E-mail").fill(email);
  await form.getByLabel("Role").selectOption("Maintainer");
  await form.getByLabel("Password").fill("a password that is not kept");
  const { id } = (await people.accounts.users.findByEmail(user.email))!;
  await people.accounts.database.prisma.session.deleteMany({ where: { user_id: id } });
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(page).toHaveURL("/login?redirectTo=%2Fadmin%2Fusers");
  await expect(page.getByRole("status").filter({ hasText: "nothing was done" })).toBeVisible();
  expect(await people.accounts.users.findByEmail(email)).toBeNull();

  await signIn(page, user);
  await expect(page).toHaveURL("/admin/users");
  await expect(page.getByText("Nothing was done yet")).toBeVisible();
  await expect(form.getByLabel("E-mail")).toHaveValue(email);
  await expect(form.getByLabel("Role")).toHaveValue("maintainer");
  await expect(form.getByLabel("Password")).toHaveValue("");
});
