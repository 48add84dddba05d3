import type { Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { accountMenu, everyPage, keepFailing, row, signIn } from "./steps";

/** Every page, read and used in a browser that runs no scripts. */
test.use({ expectedStatuses: [400, 401] });

const plain = { javaScriptEnabled: false };

/** Without JavaScript, nothing refreshes the page. */
async function reloadUntilEnded(page: Page): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(page.getByText("Succeeded", { exact: true })).toBeVisible({ timeout: 100 });
  }).toPass();
}

test("signing in and out", async ({ open, people }) => {
  const user = await people.add("operator");
  const page = await open("nobody", plain);
  await page.goto("/admin/runs");
  await signIn(page, { ...user, password: "not the password" });
  await expect(page.getByRole("alert")).toContainText("The e-mail address or the password");
  await expect(page.getByLabel("E-mail")).toHaveValue(user.email);
  await expect(page.getByLabel("Password")).toHaveValue("");
  await signIn(page, user);
  await expect(page).toHaveURL("/admin/runs");
  await accountMenu(page).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/login");
  await expect(page.getByText("You are signed out.")).toBeVisible();
});

test("every page is shown, and says in a table what a chart shows", async ({ open, site }) => {
  await site.count("seen", 3);
  const run = await site.sync();
  const page = await open("admin", plain);
  for (const path of everyPage(run, "seen")) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  await page.goto("/admin/topics/seen");
  await expect(
    page.locator("noscript p", { hasText: "The chart needs JavaScript." }),
  ).toBeVisible();
  const chart = page.getByRole("figure", { name: /^Views per day/ });
  await chart.locator("summary").click();
  await expect(chart.getByRole("row").last().getByRole("cell").nth(1)).toHaveText("3");
});

test("flush now leads to the run", async ({ open, site }) => {
  await site.count("flushed", 2);
  const page = await open("admin", plain);
  await page.goto("/admin");
  await page.getByRole("button", { name: "Flush now" }).click();
  await expect(page).toHaveURL(/\/admin\/runs\/\d+$/);
  await reloadUntilEnded(page);
  expect(await site.persisted("flushed")).toBe(2);
});

test("what asks in a dialog says that it needs JavaScript", async ({ open, people, site }) => {
  const { email } = await people.add("operator");
  await keepFailing(site, { "out-of-reach": 2 });
  const page = await open("admin", plain);
  await page.goto("/admin/failures?q=out-of-reach");
  await expect(page.locator("noscript p", { hasText: "needs JavaScript" })).toBeVisible();
  await expect(page.getByRole("checkbox", { name: /^Select/ })).toHaveCount(2);
  for (const box of await page.getByRole("checkbox").all()) await expect(box).toBeDisabled();
  await page.goto("/admin/users");
  await expect(page.getByRole("button", { name: `Disable: ${email}` })).toBeDisabled();
});

test("lists are searched, filtered and paged", async ({ open, site }) => {
  const names = Array.from({ length: 30 }, (_, index) => `page-${String(index).padStart(2, "0")}`);
  await site.fill(new Map(names.map((name, index) => [name, index + 1])));
  await site.sync();
  const page = await open("operator", plain);
  await page.goto("/admin/topics");
  await page.getByRole("searchbox").fill("page-");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByLabel("Rows").selectOption("25");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("link", { name: "Next page" }).click();
  await expect(page).toHaveURL("/admin/topics?q=page-&size=25&page=2");
  await expect(page.getByRole("main").getByRole("rowheader").first()).toHaveText("page-04");
  await page.goto("/admin/runs");
  await page.getByLabel("Trigger").selectOption("retry");
  await page.getByRole("button", { name: "Apply" }).nth(1).click();
  await expect(page).toHaveURL(/trigger=retry/);
});

test("the theme is chosen and kept, on the page where it was", async ({ open }) => {
  const page = await open("operator", plain);
  await page.goto("/admin/topics?period=7d&page=2");
  await page.getByRole("button", { name: "Dark theme" }).click();
  await expect(page).toHaveURL("/admin/topics?period=7d&page=2");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.goto("/admin/runs");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("users are added and enabled", async ({ open, people }) => {
  const { email } = await people.add("operator");
  const page = await open("admin", plain);
  await page.goto("/admin/users");
  const name = `plain-${Date.now().toString(36)}@forum.test`;
  await page.getByLabel("E-mail").fill(name);
  const form = page.locator("form").filter({ has: page.getByRole("button", { name: "Add user" }) });
  await form.getByLabel("Role").selectOption("Maintainer");
  await form.getByLabel("Password").fill("too short");
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(page.getByRole("alert")).toContainText("A password has at least 12 characters");
  await expect(form.getByLabel("E-mail")).toHaveValue(name);
  await expect(form.getByLabel("Role")).toHaveValue("maintainer");
  await expect(form.getByLabel("Password")).toHaveValue("");
  await form.getByLabel("Password").fill("long enough, surely");
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(row(page, name)).toContainText("Maintainer");

  const user = row(page, email);
  await people.accounts.users.disable("admin@forum.test", await people.accounts.idOf(email));
  await page.reload();
  await expect(user).toContainText("Disabled");
  await user.getByRole("button", { name: `Enable: ${email}` }).click();
  await expect(user).toContainText("Active");
});
