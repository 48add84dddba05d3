import { expect, type Locator, type Page } from "playwright/test";
import type { Site } from "../helpers/e2e-site";

/** Goes to a page of the dashboard, and waits until it is hydrated. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await atWork(page);
}

/** Waits until the page listens to keys and clicks. */
export async function atWork(page: Page): Promise<void> {
  await expect(page.getByRole("main")).toHaveAttribute("data-hydrated", "true");
}

/** The paths of all pages, with a run and a topic that there are. */
export function everyPage(run: string, topicId: string): string[] {
  const lists = ["pending", "topics", "runs", "failures", "audit", "users", "tokens"];
  const others = ["account", `topics/${topicId}`, `runs/${run}`];
  return ["/admin", ...[...lists, ...others].map((name) => `/admin/${name}`)];
}

/** Waits until every chart is drawn, which begins when somebody scrolls to it. */
export async function showCharts(page: Page): Promise<void> {
  for (const chart of await page.getByRole("figure").all()) {
    await chart.scrollIntoViewIfNeeded();
    await expect(chart.locator("svg").first()).toBeVisible();
  }
}

/** By how many pixels the page is wider than the window; not above 0 if it fits. */
export function excessWidth(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** Holds back requests whose address matches, until the returned function is called. */
export async function holdRequests(page: Page, url: RegExp): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(url, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

/** What the page requests from the application from now on, without its scripts. */
export function requestsOf(page: Page): string[] {
  const paths: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith("/build/")) paths.push(pathname);
  });
  return paths;
}

/** Makes PostgreSQL refuse views of topics, as many as are given; returns what ends the refusals. */
export async function keepFailing(
  site: Site,
  views: Record<string, number>,
  reason?: string,
): Promise<() => Promise<void>> {
  const cures: Array<() => Promise<void>> = [];
  for (const [topicId, count] of Object.entries(views)) {
    cures.push(await site.refuse(topicId, reason));
    await site.count(topicId, count);
  }
  await site.sync();
  return async () => {
    for (const cure of cures) await cure();
  };
}

/** The row of a table, by the cell that names it. */
export function row(scope: Page | Locator, name: string | RegExp): Locator {
  const page = "goto" in scope ? scope : scope.page();
  return scope.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });
}

/** The text of one number of a group, found by its label. */
export function stat(page: Page, label: string): Locator {
  const term = page.getByRole("term").filter({ hasText: label });
  return page.locator("dl > div").filter({ has: term }).getByRole("definition");
}

export async function signIn(
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signOut(page: Page): Promise<void> {
  await accountMenu(page).click();
  await page.getByRole("button", { name: "Sign out" }).click();
}

/** A `summary` has no role by which it could be found. */
export function accountMenu(page: Page): Locator {
  return page.locator("summary").filter({ hasText: "Account of" });
}

export async function tick(page: Page, ...targets: string[]): Promise<void> {
  for (const target of targets) {
    await page.getByRole("checkbox", { name: `Select ${target}`, exact: true }).check();
  }
}

/** The id of the run whose page is shown, once it is. */
export async function runShown(page: Page): Promise<string> {
  await expect(page).toHaveURL(/\/admin\/runs\/\d+$/);
  // The address changes a moment before the page does.
  await expect(page.getByRole("heading", { level: 1, name: /^Run #\d+/ })).toBeVisible();
  return new URL(page.url()).pathname.split("/").at(-1) ?? "";
}

/** Flushes everything pending; the id of the run, once its page is shown. */
export async function flushNow(page: Page): Promise<string> {
  await visit(page, "/admin");
  await page.getByRole("button", { name: "Flush now" }).click();
  return runShown(page);
}

/** Waits until the run whose page is shown has ended this way. */
export async function expectEnded(page: Page, status: "Succeeded" | "Partial"): Promise<void> {
  await runShown(page);
  await expect(page.getByRole("main").getByText(status, { exact: true })).toBeVisible();
}

/** The message about the last form. */
export function message(page: Page): Locator {
  return page.locator("#message");
}
