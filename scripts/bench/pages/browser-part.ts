import { chromium, type Browser } from "playwright";
import type { Running } from "../../demo/running";
import { chromiumFlags, ensureBrowser } from "../../local/browser";
import { step } from "../../local/progress";
import type { BenchOptions } from "../options";
import { figure, spreadFigure, type PartResult } from "../report";
import type { BenchServers } from "../bench-servers";
import { spread } from "../statistics";
import { loadInBrowser, type BrowserSample } from "./first-load";
import { pages, startLargeForum, type LargeForum } from "./forum";

const kilobyte = 1_024;

/** Every page in a browser that has never seen the site, once a round. */
export async function measureBrowser(
  servers: BenchServers,
  { rounds }: BenchOptions,
  running: Running,
): Promise<PartResult> {
  const { executablePath, version } = await step("A browser", ensureBrowser);
  const forum = await startLargeForum(servers);
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  running.add("the browser", { stop: () => browser.close() });
  const cases = pages.map((page) => ({ page, samples: [] as BrowserSample[] }));
  await step("Every page in turn", async () => {
    for (let round = -1; round < rounds; round += 1) {
      for (const { page, samples } of cases) {
        const sample = await inFreshContext(browser, forum, page.path, page.isPublic);
        if (round >= 0) samples.push(sample);
      }
    }
  });
  await browser.close();
  await forum.stop();
  const table = {
    title: "Pages: first load in a browser",
    notes: [
      `Chromium ${version}, nothing cached, no throttling, on the same machine as the servers. Medians of ${rounds} loads after one to warm up.`,
      "LCP: largest contentful paint. Interaction: a click on the dark theme, from the event timing that INP is made of, which tells nothing below 16 ms and goes in steps of 8. KB: what came over the wire, headers included.",
    ],
    columns: ["page", "LCP, ms", "interaction, ms", "requests", "KB in all", "KB of JavaScript"],
    rows: cases.map(({ page, samples }) => {
      const median = (value: (sample: BrowserSample) => number) =>
        spread(samples.map(value)).median;
      return [
        page.name,
        spreadFigure(spread(samples.map(({ largestPaint }) => largestPaint))),
        spreadFigure(spread(samples.map(({ interaction }) => interaction))),
        figure(median(({ requests }) => requests)),
        figure(median(({ bytes }) => bytes) / kilobyte),
        figure(median(({ scriptBytes }) => scriptBytes) / kilobyte),
      ];
    }),
  };
  const samples = cases.map(({ page, samples }) => ({ page: page.name, samples }));
  return { part: "browser", tables: [table], samples };
}

async function inFreshContext(
  browser: Browser,
  { origin, cookie }: LargeForum,
  path: string,
  isPublic = false,
): Promise<BrowserSample> {
  const context = await browser.newContext();
  try {
    const [name = "", ...value] = cookie.split("=");
    if (!isPublic) await context.addCookies([{ name, value: value.join("="), url: origin }]);
    return await loadInBrowser(await context.newPage(), new URL(path, origin).href);
  } finally {
    await context.close();
  }
}
