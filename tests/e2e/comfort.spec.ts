import { expect, test } from "./fixtures";
import { visit } from "./steps";

test("times are in the viewer's zone, with UTC on hover", async ({ operator, site }) => {
  const run = await site.sync();
  await visit(operator, `/admin/runs/${run}`);
  const started = operator.getByRole("time").first();
  const moment = new Date((await started.getAttribute("datetime")) ?? "");
  const there = (zone: string) =>
    moment.toLocaleTimeString("en-GB", { timeZone: zone, hour12: false });
  await expect(started).toHaveText(new RegExp(`, ${there("Asia/Kolkata")}$`));
  await expect(started).toHaveAttribute("title", new RegExp(`, ${there("UTC")} UTC$`));
});

test("a narrow screen shows every page without scrolling sideways", async ({ open, site }) => {
  const name = `long-${"x".repeat(90)}`;
  await site.count(name, 2);
  const cure = await site.refuse(name);
  const run = await site.sync();
  const page = await open("admin", { viewport: { width: 360, height: 740 } });
  for (const path of [
    "/admin",
    "/admin/pending",
    "/admin/topics",
    `/admin/topics/${name}`,
    "/admin/runs",
    `/admin/runs/${run}`,
    "/admin/failures",
    "/admin/audit",
    "/admin/users",
    "/admin/account",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const tooWide = () =>
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(await tooWide(), path).toBeLessThanOrEqual(0);
  }
  await page.locator("summary").filter({ hasText: "Menu" }).click();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Runs" }).click();
  await expect(page.getByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: "Failures" })).toBeHidden();
  await cure();
});
