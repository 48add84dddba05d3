import { BooksReader } from "../../../app/sync/balance/books.server";
import { fillOverlay } from "../../../tests/helpers/sync-fixture";
import type { Running } from "../../demo/running";
import { count, step } from "../../local/progress";
import { waitUntil } from "../../local/wait-until";
import type { BenchServers } from "../bench-servers";
import type { BenchOptions } from "../main";
import { figure, percentile, spreadFigure, type PartResult, type Table } from "../report";
import { startBareServer } from "./bare-server";
import { closedLoop, connections, type ClosedLoopSample } from "./closed-loop";
import { openLoop, type OpenLoopSample } from "./open-loop";
import { batchRead, busyTopics, newView, singleRead, type Shot } from "./shots";

/** A server that answers the requests. */
interface Answerer {
  name: string;
  origin: string;
  pid: number;
  stop(): Promise<unknown>;
}

/** One endpoint under load. */
interface LoadPlan {
  title: string;
  nextShot: () => Shot;
  /** Requests per second of the open loops. */
  rates: number[];
  /**
   * Gets the number of answers; up to `uncertain` further requests may have been carried out. @throws if
   * wrong
   */
  verify?: (answers: number, uncertain: number) => Promise<void>;
}

interface LoadCase {
  /** What was requested, and who answered. */
  name: string;
  closed: ClosedLoopSample[];
  open: Array<{ rate: number; samples: OpenLoopSample[] }>;
  /** Of each round: its rate divided by that of the last answerer. */
  ratios?: number[];
}

const rates = [100, 500, 1_000, 3_000];
/** Each request reads 200 topics. */
const batchRates = [50, 100, 250];
const closedSeconds = 3;
const openSeconds = 2;
const warmUpSeconds = 2;

const bareNote =
  "bare node:http: `scripts/bench/load/bare-http.ts`, a process with Node's own HTTP server and the product's bot check, tracker and reader: the same Redis script and the same query, and no proxy trust, checks of bodies, CORS, security headers, metrics, log or error handling.";

export async function measureCounting(
  servers: BenchServers,
  { rounds }: BenchOptions,
  running: Running,
): Promise<PartResult> {
  await servers.empty();
  const env = { TRUST_PROXY: "loopback" };
  const unlimited = { ...env, VIEW_RATE_PER_MINUTE: "0" };
  const answerers = [
    { name: "ours", ...(await servers.startApp(env)) },
    { name: "ours, without its rate limit", ...(await servers.startApp(unlimited)) },
    running.add("bare node:http", await startBareServer(servers)),
  ];
  const plan = { title: "POST …/views", nextShot: newView, rates, verify: allCounted(servers) };
  const cases = await measureLoad(plan, answerers, rounds);
  const { difference, accepted, overlay } = await new BooksReader(servers).read();
  if (difference !== 0 || accepted !== overlay) {
    throw new Error(`The books are off: ${accepted} accepted, ${overlay} waiting`);
  }
  await Promise.all(answerers.map((answerer) => answerer.stop()));
  const notes = [
    `Every request comes from another client with another address, to one of ${busyTopics} topics, the first ones far more often; so each is counted, and the rate limit of 120 a minute is checked but never reached.`,
    bareNote,
  ];
  return { part: "counting", tables: loadTables("Counting", notes, cases), samples: cases };
}

export async function measureReading(
  servers: BenchServers,
  { rounds }: BenchOptions,
  running: Running,
): Promise<PartResult> {
  await servers.empty();
  await addTopics(servers);
  const answerers = [
    { name: "ours", ...(await servers.startApp()) },
    running.add("bare node:http", await startBareServer(servers)),
  ];
  const single = { title: "GET …/views", nextShot: singleRead, rates };
  const batch = { title: "GET …/views of 200 topics", nextShot: batchRead, rates: batchRates };
  const cases = [
    ...(await measureLoad(single, answerers, rounds)),
    ...(await measureLoad(batch, answerers, rounds)),
  ];
  await Promise.all(answerers.map((answerer) => answerer.stop()));
  const notes = [
    `${busyTopics} topics with persisted and with pending views; the first ones are read far more often.`,
    bareNote,
  ];
  return { part: "reading", tables: loadTables("Reading", notes, cases), samples: cases };
}

/** Every round measures each answerer in each way once; each round begins with a different one. */
async function measureLoad(
  { title, nextShot, rates, verify }: LoadPlan,
  answerers: Answerer[],
  rounds: number,
): Promise<LoadCase[]> {
  const cases = answerers.map(({ name }): LoadCase => {
    const open = rates.map((rate) => ({ rate, samples: [] }));
    return { name: `${title}: ${name}`, closed: [], open };
  });
  const measureClosed = async (answerer: Answerer, seconds: number) => {
    const sample = await closedLoop(answerer, nextShot, seconds);
    await verify?.(sample.answers, connections);
    return sample;
  };
  await step(title, async () => {
    for (const answerer of answerers) await measureClosed(answerer, warmUpSeconds);
    for (let round = 0; round < rounds; round += 1) {
      for (const turn of cases.keys()) {
        const place = (round + turn) % cases.length;
        const [answerer, { closed, open }] = [answerers[place]!, cases[place]!];
        closed.push(await measureClosed(answerer, closedSeconds));
        for (const { rate, samples } of open) {
          const load = { rate, seconds: openSeconds };
          const sample = await openLoop(answerer.origin, nextShot, load);
          await verify?.(sample.answers, 0);
          samples.push(sample);
        }
      }
    }
  });
  const bare = cases.at(-1)!;
  for (const current of cases.slice(0, -1)) {
    current.ratios = current.closed.map(
      ({ requestsPerSecond }, round) => requestsPerSecond / bare.closed[round]!.requestsPerSecond,
    );
  }
  return cases;
}

/** Checks that each answer stands for one accepted view. */
function allCounted({ redis, keys }: BenchServers): NonNullable<LoadPlan["verify"]> {
  let before = 0;
  return async (answers, uncertain) => {
    let accepted = 0;
    // The server may still be working on requests that were cut off at the end.
    await waitUntil(
      async () => {
        const seen = accepted;
        accepted = Number(await redis.get(keys.accepted));
        return accepted === seen;
      },
      { what: "the last views to be counted", seconds: 10, every: 50 },
    );
    const counted = accepted - before;
    before = accepted;
    if (counted >= answers && counted <= answers + uncertain) return;
    throw new Error(`${answers} views were answered as counted, and ${counted} were accepted`);
  };
}

async function addTopics({ pool, redis, keys, daoSlug }: BenchServers): Promise<void> {
  await pool.query(
    `INSERT INTO forum_topic_view_stats (dao_slug, "topicId", views, "lastUpdated")
     SELECT $1, id::text, 1000, now() AT TIME ZONE 'UTC' FROM generate_series(1, $2::int) AS id`,
    [daoSlug, busyTopics],
  );
  await pool.query("VACUUM ANALYZE forum_topic_view_stats");
  const ids = Array.from({ length: busyTopics }, (_, index) => String(index + 1));
  await fillOverlay({ redis, keys }, new Map(ids.map((id) => [id, 3])));
}

/** Two tables: the highest throughput, and fixed rates. */
function loadTables(title: string, notes: string[], cases: LoadCase[]): Table[] {
  const closed = cases.map(({ name, closed, ratios }) => {
    const cores = closed.map(({ generatorCores }) => generatorCores);
    return [
      name,
      spreadFigure(closed.map(({ requestsPerSecond }) => requestsPerSecond)),
      ratios ? spreadFigure(ratios) : "",
      spreadFigure(closed.map(({ serverCpu }) => serverCpu)),
      figure(percentile(cores, 50)),
    ];
  });
  const open = cases.flatMap(({ name, open }) =>
    open.map(({ rate, samples }) => [
      `${name}, ${count(rate)}/s`,
      spreadFigure(samples.map(({ p50 }) => p50)),
      spreadFigure(samples.map(({ p99 }) => p99)),
      figure(Math.max(...samples.map(({ max }) => max))),
    ]),
  );
  return [
    {
      title: `${title}: as many as possible`,
      notes: [
        ...notes,
        `Closed loop, ${connections} connections. The load generator shares the cores with the server and Redis; the last column says how much of a core it took, and near 1 it is the limit. CPU: of the server's process, for each answer.`,
      ],
      columns: ["what", "requests/s", "÷ bare node:http", "CPU, µs", "cores of the generator"],
      rows: closed,
    },
    {
      title: `${title}: at fixed rates`,
      notes: [
        "Open loop: milliseconds from the moment when the request was due, so that waiting for a server that has fallen behind counts.",
      ],
      columns: ["what", "p50, ms", "p99, ms", "longest, ms"],
      rows: open,
    },
  ];
}
