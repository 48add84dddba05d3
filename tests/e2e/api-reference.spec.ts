import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright/test";
import type { ApiDocument } from "../helpers/api-contract";
import { choose, themes, wcag } from "./axe";
import { expect, test } from "./fixtures";
import { accountMenu, excessWidth, visit } from "./steps";

/** Swagger UI shows the OpenAPI document, to anybody. */

const page = "/docs/api";

/** Rules that Swagger UI itself breaks: see docs/decisions/0008-openapi-by-libraries.md. */
const brokenBySwaggerUi = [
  "color-contrast",
  "label",
  "scrollable-region-focusable",
  "select-name",
  "target-size",
];

const operation = (visitor: Page, id: string) => visitor.locator(`.opblock[id$="-${id}"]`);
const unfold = (visitor: Page, id: string) =>
  operation(visitor, id).locator(".opblock-summary-control").click();

test("is reached from the dashboard, and shows every operation, which is tried out under our policy", async ({
  operator,
  site,
}) => {
  await visit(operator, "/admin/account");
  await accountMenu(operator).click();
  await operator.getByRole("link", { name: "API reference" }).click();
  await expect(operator).toHaveURL(page);
  await expect(operator.getByRole("heading", { name: "Forum Views" })).toBeVisible();
  const document = operator.getByRole("link", { name: "/api/v1/openapi.json" });
  await expect(document).toHaveAttribute("href", /\/api\/v1\/openapi\.json$/);
  const answer = await operator.request.get(`${site.origin}/api/v1/openapi.json`);
  const { paths } = (await answer.json()) as ApiDocument;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  expect(operations.length).toBeGreaterThan(5);
  for (const { operationId, summary } of operations) {
    await expect(operation(operator, operationId)).toContainText(summary);
  }
  await unfold(operator, "syncViews");
  const sync = operation(operator, "syncViews");
  await expect(sync.locator(".response-col_status")).toHaveText(
    ["Code", "200", "400", "401", "409", "500"].map((code) => new RegExp(`^${code}`)),
  );
  await expect(sync.getByText('"A sync is already running"').first()).toBeVisible();

  await unfold(operator, "readTopicViews");
  const read = operation(operator, "readTopicViews");
  await read.getByRole("button", { name: "Try it out" }).click();
  await read.getByPlaceholder("topicId").fill("never-seen");
  await read.getByRole("button", { name: "Execute" }).click();
  const shown = read.locator(".live-responses-table");
  await expect(shown).toContainText('"topicId": "never-seen"');
  await expect(shown.locator(".response-col_status").last()).toContainText("200");
  await expect(read.locator(".curl")).toContainText("/api/v1/forum/topics/never-seen/views");
});

for (const theme of themes) {
  test(`${theme}: the page has the theme that was chosen`, async ({ visitor, site }) => {
    await choose(visitor, site, theme);
    await visitor.goto(page);
    await expect(visitor.locator(".opblock").first()).toBeVisible();
    await expect(visitor.locator("html")).toHaveClass(theme === "dark" ? "dark-mode" : "");
    await unfold(visitor, "countView");
    await expect(operation(visitor, "countView").getByText("429")).toBeVisible();
    const { violations } = await new AxeBuilder({ page: visitor })
      .withTags(wcag)
      .disableRules(brokenBySwaggerUi)
      .analyze();
    expect(violations).toEqual([]);
  });
}

test("the system's theme is followed where none was chosen, and a phone's width", async ({
  open,
}) => {
  const viewport = { width: 390, height: 740 };
  const visitor = await open("nobody", { colorScheme: "dark", viewport });
  await visitor.goto(page);
  await expect(visitor.locator("html")).toHaveClass("dark-mode");
  await unfold(visitor, "countView");
  await expect(operation(visitor, "countView").getByText("429")).toBeVisible();
  expect(await excessWidth(visitor)).toBeLessThanOrEqual(0);
});

test("without JavaScript there is a link to the document", async ({ open }) => {
  const visitor = await open("nobody", { javaScriptEnabled: false });
  await visitor.goto(page);
  await visitor.getByRole("link", { name: "the OpenAPI document" }).click();
  await expect(visitor).toHaveURL("/api/v1/openapi.json");
});
