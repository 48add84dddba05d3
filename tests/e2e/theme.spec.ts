import type { Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { visit } from "./steps";

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

test("is the system's until somebody chooses", async ({ open }) => {
  const light = await open("operator", { colorScheme: "light" });
  const dark = await open("operator", { colorScheme: "dark" });
  for (const page of [light, dark]) {
    await visit(page, "/admin/topics");
    await expect(page.getByRole("button", { name: "System theme" })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
  }
  expect(await background(dark)).not.toBe(await background(light));
  // When the system turns dark in the evening, the page does, too.
  const lightBackground = await background(light);
  await light.emulateMedia({ colorScheme: "dark" });
  await expect.poll(() => background(light)).toBe(await background(dark));
  await light.emulateMedia({ colorScheme: "light" });
  await expect.poll(() => background(light)).toBe(lightBackground);
});

test("is kept over a reload, on every page, and against the system", async ({ open }) => {
  const page = await open("operator", { colorScheme: "light" });
  await visit(page, "/admin/topics");
  const lightBackground = await background(page);
  await page.getByRole("button", { name: "Dark theme" }).click();
  await expect.poll(() => background(page)).not.toBe(lightBackground);
  const darkBackground = await background(page);

  await expect
    .poll(async () => (await page.context().cookies()).map(({ name }) => name))
    .toContain("fv_theme");
  await page.reload();
  expect(await background(page)).toBe(darkBackground);
  await expect(page.getByRole("button", { name: "Dark theme" })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
  // The theme is in the document itself, so that nothing flashes before scripts have run.
  const html = await (await page.request.get("/admin/runs")).text();
  expect(html).toContain('<html lang="en" data-theme="dark">');
  await page.context().clearCookies({ name: "fv_session" });
  await page.goto("/login");
  expect(await background(page)).toBe(darkBackground);

  await page.getByRole("button", { name: "System theme" }).click();
  await expect.poll(() => background(page)).toBe(lightBackground);
});
