import type { Page } from "playwright/test";
import { adminMutations, everything, makeAims, post, type Aims } from "../helpers/e2e-mutations";
import { expect, test, type People, type Site } from "./fixtures";
import { visit } from "./steps";

async function seed(site: Site, people: People): Promise<Aims> {
  const { email } = await people.add("operator");
  return makeAims(site, await people.accounts.idOf(email));
}

/** Whatever changes something: forms that are posted, and the boxes that choose targets for them. */
function controls(page: Page) {
  return page
    .getByRole("main")
    .locator(
      'form[method="post"], input[type="checkbox"], [role="alertdialog"], button[name="intent"]',
    );
}

test("no page offers an operator anything to change", async ({ admin, operator, site, people }) => {
  const { run, failing, persisted } = await seed(site, people);
  const pages: Array<[path: string, hasControls: boolean]> = [
    ["/admin", true],
    ["/admin/pending", true],
    ["/admin/failures", true],
    [`/admin/runs/${run}`, true],
    ["/admin/runs", false],
    ["/admin/topics", false],
    [`/admin/topics/${persisted}`, true],
    [`/admin/topics/${failing.replace("forum_topic:", "")}`, true],
    ["/admin/audit", false],
  ];
  for (const [path, hasControls] of pages) {
    await test.step(path, async () => {
      await visit(operator, path);
      await expect(operator.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(controls(operator)).toHaveCount(0);
      const names = /flush|retry|discard|keep the overlay|take views off/i;
      await expect(operator.getByRole("button", { name: names })).toHaveCount(0);
      if (!hasControls) return;
      // The same check finds the controls of users who may act.
      await visit(admin, path);
      await expect(controls(admin)).not.toHaveCount(0);
    });
  }
});

for (const who of ["operator", "maintainer"] as const) {
  test.describe("users and tokens", () => {
    test.use({ expectedStatuses: [403] });

    test(`are not shown to a ${who}, and are refused in plain words`, async ({ open }) => {
      const page = await open(who);
      await visit(page, "/admin");
      const navigation = page.getByRole("navigation", { name: "Main" });
      await expect(navigation.getByRole("link", { name: "Audit log" })).toBeVisible();
      const flush = page.getByRole("button", { name: "Flush now" });
      await expect(flush).toHaveCount(who === "maintainer" ? 1 : 0);
      for (const name of ["Users", "Tokens"]) {
        await expect(navigation.getByRole("link", { name })).toHaveCount(0);
        const answer = await page.goto(`/admin/${name.toLowerCase()}`);
        expect(answer?.status()).toBe(403);
        await expect(page.getByRole("heading", { name: "You may not do this" })).toBeVisible();
      }
      await page.getByRole("link", { name: "Go to the overview" }).click();
      await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
    });
  });
}

for (const [sender, who, origin, refusal] of [
  ["an operator", "operator", undefined, 403],
  ["somebody who is not signed in", "nobody", undefined, "/login"],
  ["an admin's browser at another site", "admin", "https://evil.test", 403],
] as const) {
  test(`whatever ${sender} posts is refused, and changes nothing`, async ({
    pageOf,
    site,
    people,
  }) => {
    const page = await pageOf(who);
    const aims = await seed(site, people);
    const before = await everything(site, aims);
    for (const mutation of adminMutations(aims)) {
      for (const asData of [false, true]) {
        const headers = { Origin: origin ?? site.origin };
        const answer = await post(page, mutation, { asData, headers });
        const { location, "x-remix-redirect": path = location } = answer.headers();
        const what = `${mutation.name}, ${asData ? "_data" : "document"}`;
        expect.soft(path?.split("?")[0] ?? answer.status(), what).toBe(refusal);
      }
    }
    expect(await everything(site, aims)).toEqual(before);
  });
}

test("an admin's flush, posted in the same way, is carried out", async ({
  admin,
  site,
  people,
}) => {
  const aims = await seed(site, people);
  const flush = adminMutations(aims).find(({ name }) => name === "flush");
  const headers = { Origin: site.origin };
  const answer = await post(admin, flush!, { asData: false, headers });
  expect(answer.status()).toBe(302);
  expect(answer.headers().location).toMatch(/^\/admin\/runs\/\d+$/);
  const topicId = aims.waiting.replace("forum_topic:", "");
  await expect.poll(() => site.persisted(topicId)).toBe(3);
});

test.describe("a page on another port of the same host", () => {
  test.use({ expectedStatuses: [403] });

  test("cannot flush, although the browser sends it the cookies", async ({
    admin,
    site,
    people,
  }) => {
    const aims = await seed(site, people);
    const before = await everything(site, aims);
    await admin.route("http://127.0.0.1:9/", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<title>evil</title><form method="post" action="${site.origin}/admin?index">
          <button name="intent" value="flush">Win a prize</button></form>`,
      }),
    );
    await admin.goto("http://127.0.0.1:9/");
    const [answer] = await Promise.all([
      admin.waitForResponse(`${site.origin}/admin?index`),
      admin.getByRole("button", { name: "Win a prize" }).click(),
    ]);
    expect((await answer.request().allHeaders()).cookie).toContain("fv_session=");
    expect(answer.status()).toBe(403);
    await expect(admin.getByText("Refused: this request did not come from")).toBeVisible();
    expect(await everything(site, aims)).toEqual(before);
  });
});
