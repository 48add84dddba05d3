import type { Page } from "playwright";

export interface BrowserSample {
  /** Milliseconds since the navigation began. */
  largestPaint: number;
  /** Milliseconds from a click to the next frame; 16 stands for no more than that. */
  interaction: number;
  requests: number;
  /** As they came over the wire, headers included. */
  bytes: number;
  scriptBytes: number;
}

declare global {
  interface Window {
    benchPaint: number;
    benchInteraction: number;
  }
  /** From the Event Timing API, which TypeScript's library does not know in full. */
  interface PerformanceObserverInit {
    durationThreshold?: number;
  }
}

const shortestEvent = 16;
/** Events are reported a moment after the frame; one that is shorter never is. */
const reportMilliseconds = 300;

/** Loads the page, waits until it is quiet, and clicks once. */
export async function loadInBrowser(page: Page, url: string): Promise<BrowserSample> {
  await page.addInitScript((durationThreshold) => {
    window.benchPaint = 0;
    window.benchInteraction = 0;
    new PerformanceObserver((list) => {
      window.benchPaint = list.getEntries().at(-1)?.startTime ?? 0;
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        window.benchInteraction = Math.max(window.benchInteraction, duration);
      }
    }).observe({ type: "event", durationThreshold });
  }, shortestEvent);
  const traffic = await watchTraffic(page);
  const response = await page.goto(url, { waitUntil: "networkidle" });
  if (response?.status() !== 200) throw new Error(`${url} answered ${response?.status()}`);
  if (page.url() !== url) throw new Error(`${url} led to ${page.url()}`);
  const loaded = { ...traffic };
  const largestPaint = await page.evaluate(() => window.benchPaint);
  await page.getByRole("button", { name: "Dark theme" }).click();
  await page
    .waitForFunction(() => window.benchInteraction > 0, null, { timeout: reportMilliseconds })
    .catch(() => {});
  const interaction = await page.evaluate(() => window.benchInteraction);
  return { ...loaded, largestPaint, interaction: Math.max(interaction, shortestEvent) };
}

async function watchTraffic(page: Page) {
  const traffic = { requests: 0, bytes: 0, scriptBytes: 0 };
  const scripts = new Set<string>();
  const session = await page.context().newCDPSession(page);
  session.on("Network.responseReceived", ({ requestId, type, response }) => {
    if (type === "Script" || /javascript/.test(response.mimeType)) scripts.add(requestId);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    traffic.requests += 1;
    traffic.bytes += encodedDataLength;
    if (scripts.has(requestId)) traffic.scriptBytes += encodedDataLength;
  });
  await session.send("Network.enable");
  return traffic;
}
