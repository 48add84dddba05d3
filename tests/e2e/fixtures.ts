import {
  test as base,
  expect,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright/test";
import { meetPeople, type People } from "../helpers/e2e-people";
import { startSite, type Site } from "../helpers/e2e-site";

export { expect };
export type { People, Site };

type Who = "admin" | "maintainer" | "operator" | "nobody";

interface SiteWishes {
  /** Environment variables of the application, in addition to those that it always needs. */
  siteEnv: Record<string, string>;
  /** Whether the application can be cut off from PostgreSQL and Redis. */
  cuttable: boolean;
}

interface TestFixtures extends SiteWishes {
  /** Error statuses that the pages of the test may get; the browser puts each on its console. */
  expectedStatuses: number[];
  /** The application, for a DAO that only the tests of this file share. */
  site: Site;
  /** A new browser window, with cookies of its own. What goes wrong in it fails the test. */
  open: (who: Who, options?: BrowserContextOptions) => Promise<Page>;
  /** Windows of people who are signed in, and of one who is not. */
  admin: Page;
  operator: Page;
  visitor: Page;
}

interface WorkerFixtures {
  servers: { databaseUrl: string; redisUrl: string };
  people: People;
  siteOf: (file: string, wishes: SiteWishes) => Promise<Site>;
}

/** Milliseconds; a machine that is busy takes its time to start a process. */
const START_TIMEOUT_MS = 60_000;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  siteEnv: [{}, { option: true }],
  cuttable: [false, { option: true }],
  expectedStatuses: [[], { option: true }],

  servers: [
    {
      databaseUrl: process.env.E2E_DATABASE_URL ?? "",
      redisUrl: process.env.E2E_REDIS_URL ?? "",
    },
    { option: true, scope: "worker" },
  ],
  people: [
    async ({ servers }, use) => {
      const people = await meetPeople(servers);
      await use(people);
      await people.accounts.close();
    },
    { scope: "worker", timeout: START_TIMEOUT_MS },
  ],
  siteOf: [
    async ({ servers }, use) => {
      let current: { key: string; site: Site } | undefined;
      await use(async (file, wishes) => {
        const key = JSON.stringify([file, wishes]);
        if (current?.key === key) return current.site;
        await current?.site.stop();
        current = undefined;
        current = { key, site: await startSite({ ...servers, env: wishes.siteEnv, ...wishes }) };
        return current.site;
      });
      await current?.site.stop();
    },
    { scope: "worker", timeout: START_TIMEOUT_MS },
  ],
  site: [
    async ({ siteOf, siteEnv, cuttable }, use, { file }) => {
      await use(await siteOf(file, { siteEnv, cuttable }));
    },
    { timeout: START_TIMEOUT_MS },
  ],

  open: async ({ browser, site, people, expectedStatuses }, use) => {
    const contexts: BrowserContext[] = [];
    const problems: string[] = [];
    await use(async (who, options) => {
      const context = await browser.newContext({
        baseURL: site.origin,
        ...(who === "nobody" ? {} : { storageState: people.sessions[who] }),
        ...options,
      });
      contexts.push(context);
      context.on("weberror", (error) => problems.push(String(error.error())));
      context.on("console", (message) => {
        if (message.type() !== "error") return;
        const status = /^Failed to load resource: .* status of (\d+)/.exec(message.text())?.[1];
        if (!expectedStatuses.includes(Number(status))) problems.push(message.text());
      });
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    expect(problems, "errors in the browser").toEqual([]);
  },
  admin: async ({ open }, use) => use(await open("admin")),
  operator: async ({ open }, use) => use(await open("operator")),
  visitor: async ({ open }, use) => use(await open("nobody")),
});
