import type { Page } from "playwright/test";
import { choose, expectNoViolations, themes } from "./axe";
import { expect, test, type Site } from "./fixtures";
import { accountMenu, visit } from "./steps";

/** The page that shows the OpenAPI document, which anybody may read. */

const page = "/docs/api";

/** It is long, and axe looks at all of it. */
test.describe.configure({ timeout: 90_000 });

async function unfoldEverything(visitor: Page): Promise<void> {
  await visitor.evaluate(() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });
}

interface Documented {
  paths: Record<
    string,
    Record<
      string,
      {
        summary: string;
        responses: Record<string, unknown>;
        "x-codeSamples": Array<{ source: string }>;
      }
    >
  >;
}

async function operations(visitor: Page, site: Site) {
  const answer = await visitor.request.get(`${site.origin}/api/v1/openapi.json`);
  const { paths } = (await answer.json()) as Documented;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
}

test("shows every operation of the document, without JavaScript", async ({ open, site }) => {
  const visitor = await open("nobody", { javaScriptEnabled: false });
  await visitor.goto(page);
  await expect(visitor.getByRole("heading", { name: "API", level: 1 })).toBeVisible();
  const all = await operations(visitor, site);
  expect(all.length).toBeGreaterThan(5);
  for (const operation of all) {
    const section = visitor.getByRole("region", { name: operation.summary, exact: true });
    await expect(section.getByText(operation.path, { exact: true })).toBeVisible();
    await expect(section.getByText(operation["x-codeSamples"][0]!.source)).toBeVisible();
    const statuses = Object.keys(operation.responses);
    const answers = section.locator("summary");
    await expect(answers).toHaveText(statuses.map((status) => new RegExp(`^${status} `)));
  }
  const sync = visitor.getByRole("region", { name: /^Move the pending views/ });
  const busy = sync.locator("summary", { hasText: "409" });
  await expect(sync.getByText('"error": "A sync is already running"')).toBeHidden();
  await busy.click();
  await expect(sync.getByText('"error": "A sync is already running"')).toBeVisible();
  await visitor.getByRole("link", { name: /Count a view of a topic/ }).click();
  await expect(visitor).toHaveURL(`${page}#countView`);
});

test("is reached from the dashboard, and leads to its document", async ({ operator }) => {
  await visit(operator, "/admin/account");
  await accountMenu(operator).click();
  await operator.getByRole("link", { name: "API reference" }).click();
  await expect(operator).toHaveURL(page);
  await operator.getByRole("link", { name: "OpenAPI document" }).click();
  await expect(operator).toHaveURL("/api/v1/openapi.json");
});

test("the theme is chosen without JavaScript, and the page stays", async ({ open }) => {
  const visitor = await open("nobody", { javaScriptEnabled: false });
  await visitor.goto(page);
  await visitor.getByRole("button", { name: "Dark theme" }).click();
  await expect(visitor).toHaveURL(page);
  await expect(visitor.locator("html")).toHaveAttribute("data-theme", "dark");
});

for (const theme of themes) {
  test(`${theme}: breaks no rule of accessibility`, async ({ visitor, site }) => {
    await choose(visitor, site, theme);
    await visitor.goto(page);
    await unfoldEverything(visitor);
    await expectNoViolations(visitor, page);
  });
}

test("a narrow screen shows it without scrolling sideways", async ({ open }) => {
  const visitor = await open("nobody", { viewport: { width: 360, height: 740 } });
  await visitor.goto(page);
  await unfoldEverything(visitor);
  const tooWide = await visitor.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(tooWide).toBeLessThanOrEqual(0);
});
