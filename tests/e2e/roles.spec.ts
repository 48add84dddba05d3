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

test("an operator is not shown the users", async ({ operator }) => {
  await visit(operator, "/admin");
  const navigation = operator.getByRole("navigation", { name: "Main" });
  await expect(navigation.getByRole("link", { name: "Failures" })).toBeVisible();
  await expect(navigation.getByRole("link", { name: "Users" })).toHaveCount(0);
});

test.describe("the page of users", () => {
  test.use({ expectedStatuses: [403] });

  test("is refused to an operator in plain words", async ({ operator }) => {
    const answer = await operator.goto("/admin/users");
    expect(answer?.status()).toBe(403);
    await expect(operator.getByRole("heading", { name: "You may not do this" })).toBeVisible();
    await operator.getByRole("link", { name: "Go to the overview" }).click();
    await expect(operator.getByRole("heading", { name: "Overview" })).toBeVisible();
  });
});

test("an operator gets 403 for each mutation that is posted by hand", async ({
  operator,
  site,
  people,
}) => {
  const aims = await seed(site, people);
  const before = await everything(site, aims);
  for (const mutation of adminMutations(aims)) {
    for (const asData of [false, true]) {
      const headers = { Origin: site.origin };
      const answer = await post(operator, mutation, { asData, headers });
      expect.soft(answer.status(), `${mutation.name}, ${asData ? "_data" : "document"}`).toBe(403);
    }
  }
  expect(await everything(site, aims)).toEqual(before);
});

test("somebody who is not signed in gets to the sign-in page, whatever they post", async ({
  visitor,
  site,
  people,
}) => {
  const aims = await seed(site, people);
  const before = await everything(site, aims);
  for (const mutation of adminMutations(aims)) {
    const headers = { Origin: site.origin };
    const answer = await post(visitor, mutation, { asData: false, headers });
    expect.soft(answer.status(), mutation.name).toBe(302);
    expect.soft(answer.headers().location, mutation.name).toMatch(/^\/login/);
  }
  expect(await everything(site, aims)).toEqual(before);
});

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
