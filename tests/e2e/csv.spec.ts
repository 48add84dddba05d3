import { readFile } from "node:fs/promises";
import type { Page } from "playwright/test";
import { expect, test } from "./fixtures";
import { visit } from "./steps";

async function download(page: Page): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV", exact: true }).click(),
  ]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

const byteOrderMark = "\uFEFF";

test("of what is pending: everything that the filter shows, safe for spreadsheets", async ({
  operator,
  site,
}) => {
  await site.count("sheet-1", 2);
  await site.sync();
  await site.count("sheet-1", 3);
  await site.count("sheet-2", 4);
  await site.redis.zadd(site.keys.overlay, 1, "=HYPERLINK(sheet)", 1, "@sheet");
  await visit(operator, "/admin/pending?q=sheet");
  const { name, text } = await download(operator);
  expect(name).toMatch(new RegExp(`^pending-${site.daoSlug}-\\d{4}-\\d{2}-\\d{2}\\.csv$`));
  expect(text.startsWith(byteOrderMark)).toBe(true);
  const lines = text.slice(1).split("\r\n");
  expect(lines[0]).toBe("Target,Topic,Title,Pending,Persisted,Total");
  expect(lines.slice(1).sort()).toEqual(
    [
      "forum_topic:sheet-1,sheet-1,,3,2,5",
      "forum_topic:sheet-2,sheet-2,,4,0,4",
      "'=HYPERLINK(sheet),,,1,,",
      "'@sheet,,,1,,",
      "",
    ].sort(),
  );

  await visit(operator, "/admin/pending?q=sheet-2");
  const filtered = await download(operator);
  expect(filtered.text.split("\r\n")).toHaveLength(3);
});

test("of topics: all pages of what the search finds", async ({ operator, site }) => {
  const names = Array.from({ length: 60 }, (_, index) => `csv-${String(index).padStart(2, "0")}`);
  await site.fill(new Map(names.map((name, index) => [name, index + 1])));
  await site.fill(new Map([["elsewhere", 5]]));
  await site.sync();
  await visit(operator, "/admin/topics?q=csv-&size=25&page=2");
  const { name, text } = await download(operator);
  expect(name).toMatch(/^topics-.+\.csv$/);
  expect(text.startsWith(byteOrderMark)).toBe(true);
  const [header, ...rows] = text.slice(1).trimEnd().split("\r\n");
  expect(header).toBe("Topic,Title,Category,Address,Views,Views before");
  expect(rows).toHaveLength(60);
  expect(rows[0]).toBe("csv-59,,,,60,0");
  expect(rows[59]).toBe("csv-00,,,,1,0");
});

for (const path of ["/admin/pending.csv", "/admin/topics.csv"]) {
  test(`${path} is only for those who are signed in`, async ({ visitor, operator }) => {
    const answer = await visitor.request.get(path, { maxRedirects: 0 });
    expect(answer.status()).toBe(302);
    expect(answer.headers().location).toMatch(/^\/login/);
    expect((await answer.body()).byteLength).toBe(0);

    const allowed = await operator.request.get(path);
    expect(allowed.status()).toBe(200);
    const headers = allowed.headers();
    expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(headers["cache-control"]).toContain("no-store");
    expect(headers["x-content-type-options"]).toContain("nosniff");
  });
}
