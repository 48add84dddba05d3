import { Agent, get } from "node:http";
import { brotliDecompressSync } from "node:zlib";
import { step } from "../../local/progress";
import type { BenchOptions } from "../options";
import { figure, type PartResult } from "../report";
import type { BenchServers } from "../bench-servers";
import { percentile } from "../statistics";
import { pages, startLargeForum, variants, type LargeForum, type Page } from "./forum";

const warmUps = 5;
const leastRequests = 40;
const requestsPerRound = 8;
const kilobyte = 1_024;

interface PageSample {
  milliseconds: number;
  /** As transferred. */
  bytes: number;
  htmlBytes: number;
}

/**
 * One request at a time, each page in turn, so that requests for one page do not warm up caches for the next.
 */
export async function measurePages(
  servers: BenchServers,
  { rounds }: BenchOptions,
): Promise<PartResult> {
  const forum = await startLargeForum(servers);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const cases = [...pages, ...variants].map((page) => ({ page, samples: [] as PageSample[] }));
  const requests = Math.max(leastRequests, rounds * requestsPerRound);
  await step("Every page in turn", async () => {
    for (let turn = -warmUps; turn < requests; turn += 1) {
      for (const { page, samples } of cases) {
        await page.before?.(servers);
        const sample = await load(agent, forum, page);
        if (turn >= 0) samples.push(sample);
      }
    }
  });
  agent.destroy();
  await forum.stop();
  const rows = cases.map(({ page, samples }) => {
    const times = samples.map((sample) => sample.milliseconds).sort((one, other) => one - other);
    const last = samples.at(-1);
    return [
      page.name,
      figure(percentile(times, 50)),
      figure(percentile(times, 95)),
      figure(percentile(times, 100)),
      figure((last?.bytes ?? 0) / kilobyte),
      figure((last?.htmlBytes ?? 0) / kilobyte),
    ];
  });
  const table = {
    title: "Pages: server time",
    notes: [
      `1,000,000 topics, 100,000 of them pending, 5,000 runs, 500 failures. ${requests} requests of each page after ${warmUps} to warm up, one at a time on one connection, signed in.`,
      "Time: from the request to the last byte of the document. KB: the document, compressed with Brotli as browsers ask for it, and as it is.",
    ],
    columns: ["page", "p50, ms", "p95, ms", "longest, ms", "KB sent", "KB of HTML"],
    rows,
  };
  const samples = cases.map(({ page, samples }) => ({ page: page.name, path: page.path, samples }));
  return { part: "pages", tables: [table], samples };
}

function load(agent: Agent, { origin, cookie }: LargeForum, page: Page): Promise<PageSample> {
  const headers = {
    accept: "text/html",
    "accept-encoding": "br",
    ...(page.isPublic ? {} : { cookie }),
  };
  const started = performance.now();
  return new Promise((resolve, reject) => {
    get(new URL(page.path, origin), { agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const milliseconds = performance.now() - started;
        const sent = Buffer.concat(chunks);
        if (incoming.statusCode !== 200 || incoming.headers["content-encoding"] !== "br") {
          reject(new Error(`${page.path} answered ${incoming.statusCode}`));
          return;
        }
        const htmlBytes = brotliDecompressSync(sent).length;
        resolve({ milliseconds, bytes: sent.length, htmlBytes });
      });
    }).on("error", reject);
  });
}
