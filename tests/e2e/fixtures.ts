import {
  test as base,
  expect,
  type BrowserContext,
  type BrowserContextOptions,
  type ConsoleMessage,
  type Page,
  type WebError,
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
  /** What goes wrong in this window until the end of the test fails the test. */
  watch: (context: BrowserContext) => void;
  /** A new browser window, with cookies of its own. */
  open: (who: Who, options?: BrowserContextOptions) => Promise<Page>;
  /** A new page in the window that the tests of a file share. */
  pageOf: (who: Who) => Promise<Page>;
  /**
   * New pages of people who are signed in, and of one who is not. The tests of a file share one window for each, and
   * what it has cached. A test that leaves more behind than pages and cookies, such as a clock, opens its own window.
   */
  admin: Page;
  operator: Page;
  visitor: Page;
}

interface WorkerFixtures {
  servers: { databaseUrl: string; redisUrl: string };
  people: People;
  siteOf: (file: string, wishes: SiteWishes) => Promise<Site>;
  windowOf: (who: Who, origin: string) => Promise<BrowserContext>;
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

  windowOf: [
    async ({ browser }, use) => {
      const windows = new Map<Who, BrowserContext>();
      let current: string | undefined;
      await use(async (who, origin) => {
        if (current !== origin) {
          for (const context of windows.values()) await context.close();
          windows.clear();
          current = origin;
        }
        const context = windows.get(who) ?? (await browser.newContext({ baseURL: origin }));
        windows.set(who, context);
        return context;
      });
    },
    { scope: "worker" },
  ],

  watch: async ({ expectedStatuses }, use) => {
    const watched: BrowserContext[] = [];
    const problems: string[] = [];
    const onError = (error: WebError) => void problems.push(String(error.error()));
    const onConsole = (message: ConsoleMessage) => {
      if (message.type() !== "error") return;
      const status = /^Failed to load resource: .* status of (\d+)/.exec(message.text())?.[1];
      if (!expectedStatuses.includes(Number(status))) problems.push(message.text());
    };
    await use((context) => {
      context.on("weberror", onError).on("console", onConsole);
      watched.push(context);
    });
    for (const context of watched) context.off("weberror", onError).off("console", onConsole);
    expect(problems, "errors in the browser").toEqual([]);
  },
  open: async ({ browser, site, people, watch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (who, options) => {
      const context = await browser.newContext({
        baseURL: site.origin,
        ...(who === "nobody" ? {} : { storageState: people.sessions[who] }),
        ...options,
      });
      contexts.push(context);
      watch(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
  pageOf: async ({ site, people, windowOf, watch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (who) => {
      const context = await windowOf(who, site.origin);
      contexts.push(context);
      await context.clearCookies();
      if (who !== "nobody") await context.addCookies(people.sessions[who].cookies);
      watch(context);
      return context.newPage();
    });
    for (const page of contexts.flatMap((context) => context.pages())) await page.close();
  },
  admin: async ({ pageOf }, use) => use(await pageOf("admin")),
  operator: async ({ pageOf }, use) => use(await pageOf("operator")),
  visitor: async ({ pageOf }, use) => use(await pageOf("nobody")),
});
