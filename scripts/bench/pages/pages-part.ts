import { Agent, get } from "node:http";
import { brotliDecompressSync } from "node:zlib";
import { step } from "../../local/progress";
import type { BenchServers } from "../bench-servers";
import type { BenchOptions } from "../main";
import { figure, percentile, type PartResult } from "../report";
import {
  pages,
  periodPages,
  periodPagesAfterSync,
  startLargeForum,
  variants,
  type LargeForum,
  type Page,
} from "./forum";

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
  const requests = Math.max(leastRequests, rounds * requestsPerRound);
  const groups = [
    { title: "Pages: server time", pages: [...pages, ...variants] },
    { title: "Periods: server time", pages: periodPages },
    { title: "Periods right after a sync: server time", pages: periodPagesAfterSync },
  ];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const results = [];
  for (const group of groups) {
    const cases = await measureInTurn({ servers, forum, agent, requests }, group.pages);
    results.push({ title: group.title, cases });
  }
  agent.destroy();
  await forum.stop();
  return {
    part: "pages",
    tables: results.map(({ title, cases }) => tableOf(title, cases, requests)),
    samples: results.flatMap(({ cases }) =>
      cases.map(({ page: { name, path }, ...measured }) => ({ page: name, path, ...measured })),
    ),
  };
}

interface Case {
  page: Page;
  /** Of the first request, which may have to read what the process keeps afterwards. */
  first: PageSample | undefined;
  samples: PageSample[];
}

async function measureInTurn(
  on: { servers: BenchServers; forum: LargeForum; agent: Agent; requests: number },
  pages: Page[],
): Promise<Case[]> {
  const cases: Case[] = pages.map((page) => ({ page, first: undefined, samples: [] }));
  await step(`${pages.length} pages in turn`, async () => {
    for (let turn = -warmUps; turn < on.requests; turn += 1) {
      for (const current of cases) {
        await current.page.before?.(on.servers);
        const sample = await load(on.agent, on.forum, current.page);
        current.first ??= sample;
        if (turn >= 0) current.samples.push(sample);
      }
    }
  });
  return cases;
}

function tableOf(title: string, cases: Case[], requests: number) {
  const rows = cases.map(({ page, first, samples }) => {
    const times = samples.map((sample) => sample.milliseconds).sort((one, other) => one - other);
    const last = samples.at(-1);
    return [
      page.name,
      figure(first?.milliseconds ?? 0),
      figure(percentile(times, 50)),
      figure(percentile(times, 95)),
      figure(percentile(times, 100)),
      figure((last?.bytes ?? 0) / kilobyte),
      figure((last?.htmlBytes ?? 0) / kilobyte),
    ];
  });
  return {
    title,
    notes: [
      `1,000,000 topics, 90 days of 100,000 rows, 100,000 pending topics, 5,000 runs, 500 failures. ${requests} requests of each page after ${warmUps} to warm up, one at a time on one connection, signed in or with a token.`,
      "Time: from the request to the last byte. First: the first request for this page. The sums of periods were read when the application started. KB: the answer, compressed with Brotli as browsers ask for it, and as it is.",
    ],
    columns: ["page", "first, ms", "p50, ms", "p95, ms", "longest, ms", "KB sent", "KB"],
    rows,
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
