import type { Page } from "playwright/test";
import { choose, expectNoViolations, expectNoViolationsInEitherTheme } from "./axe";
import { expect, test, type Site } from "./fixtures";
import {
  accountMenu,
  everyPage,
  excessWidth,
  keepFailing,
  showCharts,
  signIn,
  tick,
  visit,
} from "./steps";

/** From a missing page, a refused page, and refused forms. */
test.use({ expectedStatuses: [400, 401, 403, 404] });

/** Each test looks at many pages. */
test.describe.configure({ timeout: 240_000 });

/** Something in every list: persisted, waiting, failing, parked, several runs, a chosen target. */
async function seed(site: Site): Promise<{ run: string }> {
  const names = Array.from({ length: 60 }, (_, index) => `seen-${index}`);
  await site.fill(new Map(names.map((name, index) => [name, index * 37 + 1])));
  await keepFailing(site, { parked: 3 }, "the topic is archived");
  await site.sync();
  await site.refuse("failing");
  await site.count("failing", 2);
  const run = await site.sync();
  await site.fill(new Map(names.map((name, index) => [name, 60 - index])));
  return { run };
}

/** Only a table may be wider than the screen, and scrolls by itself then. */
async function expectToFit(page: Page, where: string): Promise<void> {
  await expect
    .configure({ soft: true })
    .poll(() => excessWidth(page), where)
    .toBeLessThanOrEqual(0);
}

test("pages with nothing on them yet", async ({ admin, operator, visitor }) => {
  for (const path of [
    "/admin",
    "/admin/pending",
    "/admin/topics",
    "/admin/topics/not-seen-yet",
    "/admin/runs",
    "/admin/failures",
    "/admin/audit",
    "/admin/pending?q=nothing+matches",
    "/admin/no-such-page",
  ]) {
    await visit(admin, path);
    await expectNoViolationsInEitherTheme(admin, path);
  }
  await visit(operator, "/admin/users");
  await expectNoViolationsInEitherTheme(operator, "a page that is refused");

  await visitor.goto("/login");
  await expectNoViolationsInEitherTheme(visitor, "the sign-in page");
  await signIn(visitor, { email: "nobody@forum.test", password: "not the password" });
  await expect(visitor.getByRole("alert")).toBeVisible();
  await expectNoViolationsInEitherTheme(visitor, "the sign-in page's answer");
});

test.describe("with data", () => {
  // Another environment makes it another application, with a DAO of its own.
  test.use({ siteEnv: { SYNC_PARK_AFTER: "2" } });
  let run: string | undefined;
  test.beforeEach(async ({ site }) => {
    run ??= (await seed(site)).run;
  });

  test("pages", async ({ admin }) => {
    for (const path of everyPage(run!, "failing")) {
      await visit(admin, path);
      await showCharts(admin);
      await expectNoViolationsInEitherTheme(admin, path);
      await expectToFit(admin, path);
    }
  });

  test("what opens on the pages", async ({ admin }) => {
    await visit(admin, "/admin/failures");
    await tick(admin, "forum_topic:failing");
    await admin.getByRole("button", { name: "Discard…", exact: true }).click();
    const dialog = admin.getByRole("alertdialog");
    await dialog.getByLabel("Reason").fill("  ");
    await dialog.getByRole("button", { name: /^Discard/ }).click();
    await expect(dialog.getByText("Say why")).toBeVisible();
    await expectNoViolationsInEitherTheme(admin, "a dialog with an error");
    await admin.keyboard.press("Escape");
    await accountMenu(admin).click();
    await expectNoViolationsInEitherTheme(admin, "the account's menu");
  });

  // A wide screen at 400 and at 200 percent; between them, a phone looks as at 400. Each size has one theme,
  // because neither affects the other.
  for (const [width, theme] of [
    [320, "dark"],
    [640, "light"],
  ] as const) {
    test(`${theme}: lists at ${width} pixels`, async ({ open, site }) => {
      const page = await open("admin", { viewport: { width, height: 800 } });
      await choose(page, site, theme);
      for (const path of [
        "/admin/pending",
        "/admin/failures",
        "/admin/runs",
        `/admin/runs/${run}`,
        "/admin/audit",
      ]) {
        await visit(page, path);
        await expectNoViolations(page, path);
        await expectToFit(page, path);
      }
      await page.locator("summary").filter({ hasText: "Menu" }).click();
      await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
      await expectNoViolations(page, "the open menu");
    });
  }

  test("forced colours", async ({ admin }) => {
    await admin.emulateMedia({ forcedColors: "active" });
    for (const path of ["/admin", "/admin/failures?state=parked", "/admin/runs", "/admin/audit"]) {
      await visit(admin, path);
      await expectNoViolations(admin, path);
    }
  });
});
