import { Agent, get } from "node:http";
import { brotliDecompressSync } from "node:zlib";
import { step } from "../../local/progress";
import type { BenchServers } from "../bench-servers";
import type { BenchOptions } from "../main";
import { figure, percentile, type PartResult, type Table } from "../report";
import { groups, startLargeForum, type LargeForum, type Page } from "./forum";

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

interface Case {
  page: Page;
  /** Of the first request, which may have to read what the process keeps afterwards. */
  first: PageSample | undefined;
  samples: PageSample[];
}

/**
 * One request at a time, each page in turn, so that requests for one page do not warm up caches for the next.
 */
export async function measurePages(
  servers: BenchServers,
  { rounds }: BenchOptions,
): Promise<PartResult> {
  const forum = await startLargeForum(servers);
  const requests = Math.max(leastRequests, rounds * requestsPerRound);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const results = [];
  for (const { title, pages } of groups) {
    const cases: Case[] = pages.map((page) => ({ page, first: undefined, samples: [] }));
    await step(`${pages.length} pages in turn`, async () => {
      for (let turn = -warmUps; turn < requests; turn += 1) {
        for (const current of cases) {
          await current.page.before?.(servers);
          const sample = await load(agent, forum, current.page);
          current.first ??= sample;
          if (turn >= 0) current.samples.push(sample);
        }
      }
    });
    results.push({ title, cases });
  }
  agent.destroy();
  await forum.stop();
  const tables = results.map(({ title, cases }) => tableOf(title, cases, requests));
  return { part: "pages", tables, samples: results };
}

function tableOf(title: string, cases: Case[], requests: number): Table {
  return {
    title,
    notes: [
      `1,000,000 topics, 90 days of 100,000 rows, 100,000 pending topics, 5,000 runs, 500 failures. ${requests} requests of each page after ${warmUps} to warm up, one at a time on one connection, signed in or with a token.`,
      "Time: from the request to the last byte. First: the first request for this page. The sums of periods were read when the application started. KB: the answer, compressed with Brotli as browsers ask for it, and as it is.",
    ],
    columns: ["page", "first, ms", "p50, ms", "p95, ms", "longest, ms", "KB sent", "KB"],
    rows: cases.map(({ page, first, samples }) => {
      const times = samples.map(({ milliseconds }) => milliseconds);
      const last = samples.at(-1)!;
      const numbers = [
        ...[first!.milliseconds, ...[50, 95, 100].map((rank) => percentile(times, rank))],
        ...[last.bytes / kilobyte, last.htmlBytes / kilobyte],
      ];
      return [page.name, ...numbers.map(figure)];
    }),
  };
}

function load(agent: Agent, forum: LargeForum, page: Page): Promise<PageSample> {
  const headers = { "accept-encoding": "br", ...forum.headers[page.by ?? "admin"] };
  const started = performance.now();
  return new Promise((resolve, reject) => {
    get(new URL(page.path, forum.origin), { agent, headers }, (incoming) => {
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
