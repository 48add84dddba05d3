import type { Page } from "playwright/test";
import { expect, test, type Site } from "./fixtures";
import { row, stat, visit } from "./steps";

test.use({ cuttable: true, expectedStatuses: [404, 503] });

/** Texts that reveal too much, or look like an unhandled error. */
const leaks =
  /ECONNREFUSED|ECONNRESET|postgres(ql)?:\/\/|redis:\/\/|127\.0\.0\.1:\d|\bat .+:\d+:\d+|node_modules|SELECT |undefined|\[object/;

async function expectNoLeak(page: Page): Promise<void> {
  expect(await page.locator("body").innerText()).not.toMatch(leaks);
}

test.describe("while Redis is away", () => {
  test.beforeEach(async ({ site }) => {
    await site.count("away", 2);
    // After the test before has cut the connections, some of them may come back later than others.
    await expect(() => site.sync()).toPass();
    site.links?.redis.cut();
  });
  test.afterEach(async ({ site }) => {
    site.links?.redis.restore();
    await site.ready();
  });

  test("the overview says what it cannot know, and shows the rest", async ({ admin, site }) => {
    await visit(admin, "/admin");
    await expect(admin.getByRole("region", { name: "Redis is away" })).toBeVisible();
    for (const label of ["Pending views", "Books"]) {
      await expect(stat(admin, label).first()).toHaveText("Unknown");
    }
    await expect(stat(admin, "Pending views").last()).toHaveText("Redis connection failed");
    const persisted = await site.persisted("away");
    expect(persisted).toBeGreaterThan(0);
    await expect(admin.getByText(String(persisted), { exact: true }).first()).toBeVisible();
    await expect(stat(admin, "Last run").last()).toContainText("Succeeded");
    await expect(admin.getByRole("figure", { name: /^Views per day/ })).toBeVisible();
    await expectNoLeak(admin);
  });

  test("every other page comes as well, and says what is missing", async ({ admin }) => {
    await visit(admin, "/admin/pending");
    await expect(admin.getByText("The list cannot be read at the moment")).toBeVisible();
    await expectNoLeak(admin);
    await visit(admin, "/admin/topics");
    await expect(row(admin, "away")).toBeVisible();
    await visit(admin, "/admin/topics/away");
    await expect(stat(admin, "Pending").first()).toHaveText("Unknown");
    await expectNoLeak(admin);
    for (const [path, heading] of [
      ["/admin/runs", "Runs"],
      ["/admin/failures", "Failures"],
      ["/admin/audit", "Audit log"],
      ["/admin/users", "Users"],
    ] as const) {
      await visit(admin, path);
      await expect(admin.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
    }
  });

  test("a flush starts nothing in vain", async ({ admin }) => {
    await visit(admin, "/admin");
    await admin.getByRole("button", { name: "Flush now" }).click();
    await expect(admin.getByText("Redis connection failed")).not.toHaveCount(0);
    await expectNoLeak(admin);
  });

  test("nobody can sign in, and is told why", async ({ visitor }) => {
    await visitor.goto("/login");
    await visitor.getByLabel("E-mail").fill("admin@forum.test");
    await visitor.getByLabel("Password").fill("correct horse battery");
    await visitor.getByRole("button", { name: "Sign in" }).click();
    await expect(visitor.getByRole("alert")).toContainText("Nobody can sign in at the moment");
    await expectNoLeak(visitor);
  });
});

test.describe("while PostgreSQL is away", () => {
  async function cut(site: Site): Promise<void> {
    await site.count("gone", 1);
    site.links?.database.cut();
  }
  test.afterEach(async ({ site }) => {
    site.links?.database.restore();
    await site.ready();
  });

  test("pages say so in plain words, and come back with it", async ({ admin, site }) => {
    await cut(site);
    for (const path of ["/admin", "/admin/pending", "/admin/runs", "/admin/topics/gone"]) {
      const answer = await admin.goto(path);
      expect(answer?.status(), path).toBe(503);
      expect(answer?.headers()["retry-after"], path).toMatch(/^\d+$/);
      await expect(
        admin.getByRole("heading", { name: "PostgreSQL is not answering" }),
      ).toBeVisible();
      const navigation = admin.getByRole("navigation", { name: "Main" });
      await expect(navigation.getByRole("link", { name: "Pending" })).toBeVisible();
      await expectNoLeak(admin);
    }
    const html = await (await admin.request.get("/admin")).text();
    expect(html).not.toMatch(/ECONN|"stack"|DependencyError|127\.0\.0\.1:\d/);
    site.links?.database.restore();
    await site.ready();
    await admin.getByRole("link", { name: "Try again" }).click();
    await expect(admin.getByRole("heading", { name: "Topic gone" })).toBeVisible();
  });

  test("a page that is open says so too, and keeps its place", async ({ admin, site }) => {
    await visit(admin, "/admin");
    await cut(site);
    await admin.getByRole("link", { name: "Runs", exact: true }).first().click();
    await expect(admin.getByRole("heading", { name: "PostgreSQL is not answering" })).toBeVisible();
    await expect(admin).toHaveURL("/admin/runs");
    await expectNoLeak(admin);
  });

  test("who is not signed in is shown no navigation", async ({ visitor, site }) => {
    await cut(site);
    const answer = await visitor.goto("/admin/runs");
    expect(answer?.url()).toContain("/login");
    await expect(visitor.getByRole("navigation")).toHaveCount(0);
  });

  test("what is posted changes nothing, and says so", async ({ admin, site }) => {
    await cut(site);
    const headers = { Origin: site.origin };
    const form = { intent: "flush" };
    const answer = await admin.request.post("/admin?index", { form, headers, maxRedirects: 0 });
    expect(answer.status()).toBe(503);
    expect(await site.redis.zscore(site.keys.overlay, "forum_topic:gone")).not.toBeNull();
  });
});

test.describe("what is not there", () => {
  test("is said to be missing, within the dashboard", async ({ operator }) => {
    for (const path of ["nothing", "runs/999999", "runs/abc", "topics/no%20topic"]) {
      const answer = await operator.goto(`/admin/${path}`);
      expect(answer?.status(), path).toBe(404);
      await expect(operator.getByRole("heading", { name: "Page not found" })).toBeVisible();
    }
    const navigation = operator.getByRole("navigation", { name: "Main" });
    await navigation.getByRole("link", { name: "Topics" }).click();
    await expect(operator.getByRole("heading", { name: "Topics", level: 1 })).toBeVisible();
  });

  test("an address outside of the dashboard too", async ({ visitor }) => {
    const answer = await visitor.goto("/nothing/here");
    expect(answer?.status()).toBe(404);
    await expect(visitor.getByRole("heading", { name: "Page not found" })).toBeVisible();
    await expectNoLeak(visitor);
  });

  test("a missing page tells nothing to somebody who is not signed in", async ({ visitor }) => {
    await visitor.goto("/admin/nothing");
    await expect(visitor).toHaveURL(/\/login\?redirectTo=/);
  });
});
