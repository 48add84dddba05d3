import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium, type Page } from "playwright/test";
import { chromiumFlags, findFullChromium } from "../../scripts/local/browser";
import { freePort } from "../../scripts/local/ports";
import { startForumPages, type ForumPages } from "../helpers/forum-pages";
import { expect, test as base, type Site } from "./fixtures";

/** `/views.js` on the pages of a forum that has an origin and a strict policy of its own. */

const port = await freePort();
const forumOrigin = `http://127.0.0.1:${port}`;
const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

interface Forum extends ForumPages {
  /** What the page sent to count views, in order. */
  readonly sent: Array<{ topicId: string; by: string; body: string }>;
  /** A page with the script: the tag's attributes, and what else is in its body. */
  topicPage(path: string, attributes: string, body?: string): string;
}

const test = base.extend<{ forum: Forum; reader: Page }>({
  siteEnv: { CORS_ORIGINS: forumOrigin },
  userAgent,
  forum: async ({ site }, use) => {
    const policy = `default-src 'none'; script-src 'self' ${site.origin}; connect-src 'self' ${site.origin}; require-trusted-types-for 'script'`;
    const pages = await startForumPages(port, policy);
    await use({
      ...pages,
      sent: [],
      topicPage: (at, attributes, body = "") =>
        pages.serve(
          at,
          `<!doctype html><title>A forum</title><script src="${site.origin}/views.js" ${attributes} defer></script>${body}`,
        ),
    });
    await pages.close();
  },
  reader: async ({ page, forum }, use) => {
    const errors: Error[] = [];
    watch(page, forum, errors);
    await use(page);
    expect(errors, "errors on the forum's page").toEqual([]);
  },
});

function watch(page: Page, forum: Forum, errors: Error[]): void {
  page.on("pageerror", (error) => errors.push(error));
  page.on("request", (request) => {
    const topicId = /\/topics\/([^/]+)\/views$/.exec(request.url())?.[1];
    if (!topicId || request.method() !== "POST") return;
    forum.sent.push({ topicId, by: request.resourceType(), body: request.postData() ?? "" });
  });
}

/** Why two tests are left out where only a headless shell is installed. */
const noFullChromium = "A headless shell neither prerenders pages nor keeps them for Back";

const sentTopics = (forum: Forum) => forum.sent.map(({ topicId }) => topicId);

async function views(site: Site, topicId: string): Promise<number> {
  const answer = await fetch(`${site.origin}/api/v1/forum/topics/${topicId}/views`);
  return ((await answer.json()) as { uniqueViews: number }).uniqueViews;
}

const number = (topicId: string) => `<p>Views: <b data-forum-views="${topicId}">–</b></p>`;
const shownNumber = (page: Page, topicId: string) =>
  page.locator(`[data-forum-views="${topicId}"]`);

test("a page counts its view, and shows the number with it", async ({ forum, reader, site }) => {
  await site.count("plain", 2);
  await reader.goto(forum.topicPage("/plain", 'data-topic="plain"', number("plain")));
  await expect(shownNumber(reader, "plain")).toHaveText("3");
  await reader.reload();
  await expect(shownNumber(reader, "plain")).toHaveText("3");
  expect(sentTopics(forum)).toEqual(["plain", "plain"]);
  expect(await reader.context().cookies()).toEqual([]);
  expect(await reader.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
});

test("a page of many topics shows all of their numbers, and counts nothing", async ({
  forum,
  reader,
  site,
}) => {
  await site.count("many0");
  await site.count("many449", 2);
  const ids = Array.from({ length: 450 }, (_, index) => `many${index}`);
  const body = [...ids, "no id", "", "many0"].map(number).join("");
  await reader.goto(forum.topicPage("/many", "", body));
  await expect(shownNumber(reader, "many449")).toHaveText("2");
  await expect(shownNumber(reader, "many0")).toHaveText(["1", "1"]);
  await expect(shownNumber(reader, "many200")).toHaveText("0");
  await expect(shownNumber(reader, "no id")).toHaveText("–");
  expect(forum.sent).toEqual([]);
});

test("numbers appear in elements that come later, and follow an id that changes", async ({
  forum,
  reader,
  site,
}) => {
  await site.count("later", 2);
  await reader.goto(forum.topicPage("/later", ""));
  await reader.evaluate(() => {
    const element = document.createElement("b");
    element.dataset.forumViews = "later";
    document.body.append(element);
  });
  await expect(shownNumber(reader, "later")).toHaveText("2");
  await shownNumber(reader, "later").evaluate((element) => {
    element.dataset.forumViews = "nobody-was-there";
  });
  await expect(shownNumber(reader, "nobody-was-there")).toHaveText("0");
});

test("a view counts although the reader leaves at once", async ({ forum, reader, site }) => {
  forum.serve("/leave.js", "location.href = '/left'", { type: "text/javascript" });
  forum.serve("/left", "<title>Left</title>");
  const leave = '<script src="/leave.js" defer></script>';
  await reader.goto(forum.topicPage("/hasty", 'data-topic="hasty"', leave));
  await expect(reader).toHaveTitle("Left");
  await expect.poll(() => views(site, "hasty")).toBe(1);
});

test("a wallet is named by the tag, or by the page's own code", async ({ forum, reader }) => {
  const [first, second] = [`0x${"a".repeat(40)}`, `0x${"b".repeat(40)}`];
  await reader.goto(forum.topicPage("/wallet", `data-topic="w1" data-address="${first}"`));
  await expect.poll(() => forum.sent.length).toBe(1);
  await reader.evaluate(async (address) => {
    interface Forum {
      forumViews: {
        count(id: string | number, viewer?: { address: string | null }): Promise<void>;
      };
    }
    const { forumViews } = window as unknown as Forum;
    await forumViews.count("w2", { address });
    await forumViews.count(3, { address: null });
  }, second);
  expect(forum.sent.map(({ topicId, body }) => [topicId, JSON.parse(body) as unknown])).toEqual([
    ["w1", { address: first }],
    ["w2", { address: second }],
    ["3", {}],
  ]);
});

test("a second tag counts its topic, and reads no number again", async ({
  forum,
  reader,
  site,
}) => {
  const reads: string[] = [];
  reader.on("request", (request) => {
    if (request.url().includes("/forum/views?")) reads.push(request.url());
  });
  const second = `<script src="${site.origin}/views.js" data-topic="second" defer></script>`;
  await reader.goto(forum.topicPage("/twice", "", number("second") + second));
  await expect(shownNumber(reader, "second")).toHaveText("1");
  expect(sentTopics(forum)).toEqual(["second"]);
  expect(reads).toHaveLength(1);
});

for (const [browser, missing] of [
  ["with the Navigation API", ""],
  ["without it", "navigation"],
]) {
  test(`moving between topics in the browser counts each, ${browser}`, async ({
    forum,
    reader,
    site,
  }) => {
    await reader.addInitScript((name) => {
      if (name) Object.defineProperty(window, name, { value: undefined });
    }, missing);
    const address = forum.topicPage(
      "/t/first-topic/1",
      String.raw`data-topic-path="/t/:slug/:topicId(\d+)"`,
      number("1") + number("2"),
    );
    await reader.goto(address);
    await expect(shownNumber(reader, "1")).toHaveText("1");
    const go = (method: "pushState" | "replaceState", to: string) =>
      reader.evaluate(([how, url]) => history[how](null, "", url), [method, to] as const);
    // Reading on in the same topic changes the address in the way that forums do.
    await go("replaceState", "/t/first-topic/1/7");
    await go("pushState", "/t/first-topic/1?page=2#post");
    await go("pushState", "/t/second-topic/2");
    await expect(shownNumber(reader, "2")).toHaveText("1");
    await go("pushState", "/t/new/topic");
    await go("pushState", "/latest");
    await reader.goBack();
    await reader.goBack();
    await expect.poll(() => sentTopics(forum)).toEqual(["1", "2", "2"]);
    await reader.goBack();
    await expect.poll(() => sentTopics(forum)).toEqual(["1", "2", "2", "1"]);
    expect([await views(site, "1"), await views(site, "2")]).toEqual([1, 1]);
  });
}

for (const [what, property, event] of [
  ["a tab that was never looked at", "hidden", "visibilitychange"],
  ["a page that was prerendered, in whatever way,", "prerendering", "prerenderingchange"],
]) {
  test(`${what} counts when somebody looks at it`, async ({ forum, reader }) => {
    // Without a window, a browser reports every tab as visible, and it prerenders nothing.
    const set = (name: string, value: boolean) =>
      `Object.defineProperty(document, "${name}", { value: ${value}, configurable: true });`;
    const tell = (name: string) => `document.dispatchEvent(new Event("${name}"));`;
    await reader.addInitScript(set(property!, true));
    const attributes = `data-topic-path="/${property}/:topicId"`;
    await reader.goto(forum.topicPage(`/${property}/one`, attributes, number(`two-${property}`)));
    await reader.evaluate(`history.pushState(null, "", "/${property}/two-${property}")`);
    await reader.evaluate(tell("visibilitychange"));
    await reader.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(forum.sent).toEqual([]);
    await reader.evaluate(set(property!, false) + tell(event!));
    await expect(shownNumber(reader, `two-${property}`)).toHaveText("1");
    expect(sentTopics(forum)).toEqual([`two-${property}`]);
  });
}

test.describe("prerendered", () => {
  /** A script that reports to the forum, after /views.js has run, whether the page was visible then. */
  const tell = `const tell = () => fetch("/tell" + location.pathname + (document.prerendering ? "/unseen" : "/seen"));
    tell();
    document.addEventListener("prerenderingchange", tell);`;
  const rules = JSON.stringify({
    prerender: [{ urls: ["/opened", "/never-opened"], eagerness: "immediate" }],
  });

  // Chromium does not prerender pages while Playwright drives it, so here the pages drive themselves.
  test("by speculation rules, a page counts when it is opened", async ({ forum, site }) => {
    const executable = findFullChromium();
    test.skip(!executable, noFullChromium);
    forum.serve("/tell.js", tell, { type: "text/javascript" });
    forum.serve(
      "/open.js",
      `const ask = async () => {
        const answer = await fetch("/open");
        if (await answer.text()) location.href = "/opened";
        else setTimeout(ask, 50);
      };
      ask();`,
      { type: "text/javascript" },
    );
    for (const topicId of ["opened", "never-opened"]) {
      forum.topicPage(
        `/${topicId}`,
        `data-topic="${topicId}"`,
        '<script src="/tell.js" defer></script>',
      );
    }
    const list = forum.serve(
      "/list",
      `<!doctype html><script type="speculationrules">${rules}</script><script src="/open.js"></script>`,
      { policy: "script-src 'self' 'inline-speculation-rules'" },
    );
    const browser = await openUndriven(executable!, list);
    try {
      for (const topicId of ["opened", "never-opened"]) {
        await expect
          .poll(() => forum.visits, { timeout: 20_000 })
          .toContain(`/tell/${topicId}/unseen`);
      }
      expect(await views(site, "opened")).toBe(0);
      forum.serve("/open", "now", { type: "text/plain" });
      await expect.poll(() => forum.visits).toContain("/tell/opened/seen");
      await expect.poll(() => views(site, "opened")).toBe(1);
      expect(await views(site, "never-opened")).toBe(0);
    } finally {
      await browser.close();
    }
  });
});

/** A browser that opens a page and is left alone. */
async function openUndriven(executable: string, url: string): Promise<{ close(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), "forum-views-browser-"));
  const own = ["--headless=new", `--user-agent=${userAgent}`, `--user-data-dir=${folder}`];
  const child = spawn(executable, [...chromiumFlags, ...own, url], { stdio: "ignore" });
  return {
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

test("a page that comes back out of the browser's memory counts only another topic", async ({
  forum,
}) => {
  const executable = findFullChromium();
  test.skip(!executable, noFullChromium);
  const browser = await chromium.launch({
    executablePath: executable!,
    args: chromiumFlags,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  try {
    const page = await browser.newPage({ userAgent });
    const errors: Error[] = [];
    watch(page, forum, errors);
    forum.serve("/away", "<title>Away</title>");
    const address = forum.topicPage(
      "/kept/kept1",
      'data-topic-path="/kept/:topicId"',
      number("kept1") + number("kept2"),
    );
    await page.goto(address);
    await expect(shownNumber(page, "kept1")).toHaveText("1");
    await page.evaluate(() => {
      addEventListener("pageshow", ({ persisted }) => {
        if (persisted) document.title = `Kept ${location.pathname}`;
      });
      history.pushState(null, "", "/kept/kept2");
    });
    await expect(shownNumber(page, "kept2")).toHaveText("1");
    const leaveAndComeBack = async (steps: number) => {
      await page.goto(`${forumOrigin}/away`);
      // In a timer, so that `evaluate` is answered before the page leaves.
      await page.evaluate((by) => void setTimeout(() => history.go(by)), -steps);
    };
    await leaveAndComeBack(1);
    await expect(page).toHaveTitle("Kept /kept/kept2");
    expect(sentTopics(forum)).toEqual(["kept1", "kept2"]);
    await leaveAndComeBack(2);
    await expect(page).toHaveURL(address);
    await expect.poll(() => sentTopics(forum)).toEqual(["kept1", "kept2", "kept1"]);
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
});

test.describe("where fetch does not outlive the page", () => {
  test.beforeEach(async ({ reader }) => {
    await reader.addInitScript(() => {
      Reflect.deleteProperty(Request.prototype, "keepalive");
    });
  });

  test("a beacon counts", async ({ forum, reader, site }) => {
    await reader.goto(forum.topicPage("/beacon", 'data-topic="beacon"'));
    await expect.poll(() => views(site, "beacon")).toBe(1);
    expect(forum.sent).toMatchObject([{ topicId: "beacon", by: "ping" }]);
  });

  test("without fetch a beacon counts, too", async ({ forum, reader, site }) => {
    await reader.addInitScript(() => {
      Reflect.deleteProperty(window, "fetch");
    });
    await reader.goto(forum.topicPage("/old", 'data-topic="old"', number("old")));
    await expect.poll(() => views(site, "old")).toBe(1);
    await expect(shownNumber(reader, "old")).toHaveText("–");
  });

  for (const [name, sendBeacon] of [
    ["missing", undefined],
    ["refused", () => false],
  ] as const) {
    test(`fetch counts when beacons are ${name}`, async ({ forum, reader }) => {
      await reader.addInitScript(`navigator.sendBeacon = ${String(sendBeacon)}`);
      await reader.goto(forum.topicPage(`/${name}`, `data-topic="${name}"`, number(name)));
      await expect(shownNumber(reader, name)).toHaveText("1");
      expect(forum.sent).toMatchObject([{ topicId: name, by: "fetch" }]);
    });
  }

  test("nothing happens when both are blocked", async ({ forum, reader, site }) => {
    await reader.addInitScript(() => {
      navigator.sendBeacon = () => false;
      window.fetch = () => Promise.reject(new TypeError("Failed to fetch"));
    });
    await reader.goto(forum.topicPage("/blocked", 'data-topic="blocked"', number("blocked")));
    await expect(shownNumber(reader, "blocked")).toHaveText("–");
    expect(await views(site, "blocked")).toBe(0);
  });
});

test("a policy that names no connections only keeps views from being counted", async ({
  forum,
  reader,
  site,
}) => {
  const policy = `default-src 'none'; script-src ${site.origin}`;
  const body = `<script src="${site.origin}/views.js" data-topic="policy" defer></script>${number("policy")}`;
  const refusals: string[] = [];
  reader.on("console", (message) => refusals.push(message.text()));
  await reader.goto(forum.serve("/policy", body, { policy }));
  // One refusal for the view, and one for the number.
  await expect.poll(() => refusals.filter((text) => text.includes("connect-src"))).toHaveLength(2);
  await expect(shownNumber(reader, "policy")).toHaveText("–");
  expect(await views(site, "policy")).toBe(0);
});

test("offline, a page keeps what it shows and counts what is read afterwards", async ({
  forum,
  reader,
}) => {
  const address = forum.topicPage(
    "/o/off0",
    'data-topic-path="/o/:topicId"',
    number("off0") + number("off2"),
  );
  await reader.goto(address);
  await expect(shownNumber(reader, "off0")).toHaveText("1");
  await reader.context().setOffline(true);
  const failed = reader.waitForEvent("requestfailed", (request) => request.method() === "GET");
  await reader.evaluate(() => history.pushState(null, "", "/o/off1"));
  await failed;
  await expect(shownNumber(reader, "off0")).toHaveText("1");
  await reader.context().setOffline(false);
  await reader.evaluate(() => history.pushState(null, "", "/o/off2"));
  await expect(shownNumber(reader, "off2")).toHaveText("1");
});

test("every origin may load the script, and asks again only whether it has changed", async ({
  site,
  request,
}) => {
  const ask = (headers: Record<string, string>) =>
    request.get(`${site.origin}/views.js`, { headers });
  for (const encoding of ["br", "gzip"]) {
    const answer = await ask({ "Accept-Encoding": encoding });
    expect(answer.status()).toBe(200);
    expect(await answer.text()).toContain("forumViews");
    const headers = answer.headers();
    expect(headers).toMatchObject({
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=3600, stale-while-revalidate=86400",
      "content-encoding": encoding,
      "cross-origin-resource-policy": "cross-origin",
      vary: "Accept-Encoding",
      "x-content-type-options": "nosniff",
    });
    expect(headers["content-type"]).toMatch(/^(application|text)\/javascript/);
    const again = await ask({ "Accept-Encoding": encoding, "If-None-Match": headers.etag! });
    expect(again.status()).toBe(304);
  }
});
