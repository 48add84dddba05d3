import { expect, test } from "./fixtures";
import { everyPage, excessWidth, keepFailing, visit } from "./steps";

test("times are in the viewer's zone, with UTC on hover", async ({ operator, site }) => {
  const run = await site.sync();
  await visit(operator, `/admin/runs/${run}`);
  const started = operator.getByRole("time").first();
  const moment = new Date((await started.getAttribute("datetime")) ?? "");
  const there = (zone: string) =>
    moment.toLocaleTimeString("en-GB", { timeZone: zone, hour12: false });
  await expect(started).toHaveText(new RegExp(`, ${there("Asia/Kolkata")} UTC\\+5:30$`));
  await expect(started).toHaveAttribute("title", new RegExp(`, ${there("UTC")} UTC$`));
});

test("ages are by the server's clock, whatever the browser's says", async ({ open, site }) => {
  const operator = await open("operator");
  await operator.clock.install({ time: Date.now() + 3_600_000 });
  await keepFailing(site, { aged: 1 });
  await visit(operator, "/admin/failures");
  const seen = operator.getByRole("main").getByRole("time").first();
  await expect(seen).toHaveText(/^(just now|\d+ s ago)$/);
});

test("forced colours tell the current page, tab and theme", async ({ operator, site }) => {
  await site.count("coloured", 1);
  await visit(operator, "/admin/pending");
  await operator.emulateMedia({ forcedColors: "active" });
  for (const [current, other] of [
    ['nav a[aria-current="page"]', "nav a:not([aria-current])"],
    ['[aria-label="Place"] a[aria-current]', '[aria-label="Place"] a:not([aria-current])'],
    ['button[aria-pressed="true"]', 'button[aria-pressed="false"]'],
  ] as const) {
    const look = (selector: string) =>
      operator
        .locator(selector)
        .first()
        .evaluate((node) => getComputedStyle(node).backgroundColor);
    expect(await look(current), current).not.toBe(await look(other));
  }
});

test("on paper stands the content alone", async ({ admin, site }) => {
  await keepFailing(site, { printed: 1 });
  await visit(admin, "/admin/failures");
  await admin.emulateMedia({ media: "print" });
  await expect(admin.getByRole("heading", { name: "Failures", level: 1 })).toBeVisible();
  await expect(admin.getByRole("rowheader", { name: "forum_topic:printed" })).toBeVisible();
  await expect(admin.getByRole("navigation", { name: "Main" })).toBeHidden();
  await expect(admin.getByRole("banner")).toBeHidden();
  for (const control of await admin.locator("button, select, input").all()) {
    await expect(control).toBeHidden();
  }
});

test("a narrow screen shows every page without scrolling sideways", async ({ open, site }) => {
  const name = `long-${"x".repeat(90)}`;
  await site.count(name, 2);
  const cure = await site.refuse(name);
  const run = await site.sync();
  const page = await open("admin", { viewport: { width: 320, height: 740 } });
  for (const path of everyPage(run, name)) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    expect.soft(await excessWidth(page), path).toBeLessThanOrEqual(0);
  }
  await page.locator("summary").filter({ hasText: "Menu" }).click();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Runs" }).click();
  await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: "Failures" })).toBeHidden();
  await cure();
});
