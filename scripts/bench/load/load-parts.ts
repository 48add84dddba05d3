import { BooksReader } from "../../../app/sync/balance/books.server";
import { fillOverlay } from "../../../tests/helpers/sync-fixture";
import type { Running } from "../../demo/running";
import { waitUntil } from "../../local/wait-until";
import type { BenchOptions } from "../options";
import type { PartResult } from "../report";
import type { BenchServers } from "../bench-servers";
import { startBareServer } from "./bare-server";
import { loadTables } from "./load-tables";
import { measureLoad, type Answerer } from "./measure-load";
import { batchRead, busyTopics, newViews, singleRead } from "./shots";

const rates = [100, 500, 1_000, 3_000];
/** Each request reads 200 topics. */
const batchRates = [50, 100, 250];

const bareNote =
  "bare node:http: `scripts/bench/load/bare-http.ts`, a process with Node's own HTTP server and the product's bot check, tracker and reader: the same Redis script and the same query, and no proxy trust, checks of bodies, CORS, security headers, metrics, log or error handling.";

export async function measureCounting(
  servers: BenchServers,
  { rounds }: BenchOptions,
  running: Running,
): Promise<PartResult> {
  const app = await servers.startApp({ TRUST_PROXY: "loopback" });
  const unlimited = await servers.startAnotherApp({
    TRUST_PROXY: "loopback",
    VIEW_RATE_PER_MINUTE: "0",
  });
  const bare = running.add("bare node:http", await startBareServer(servers));
  const answerers = [
    { name: "ours", origin: app.origin, pid: app.pid },
    { name: "ours, without its rate limit", origin: unlimited.origin, pid: unlimited.pid },
    { name: "bare node:http", origin: bare.origin, pid: bare.pid },
  ];
  const plan = { title: "POST …/views", nextShot: newViews(), rates, verify: allCounted(servers) };
  const cases = await measureLoad(plan, answerers, rounds);
  await requireBalance(servers);
  await Promise.all([app.stop(), unlimited.stop(), bare.stop()]);
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
  const app = await servers.startApp();
  const bare = running.add("bare node:http", await startBareServer(servers));
  await addTopics(servers);
  const answerers: Answerer[] = [
    { name: "ours", origin: app.origin, pid: app.pid },
    { name: "bare node:http", origin: bare.origin, pid: bare.pid },
  ];
  const single = { title: "GET …/views", nextShot: singleRead, rates };
  const batch = { title: "GET …/views of 200 topics", nextShot: batchRead, rates: batchRates };
  const cases = [
    ...(await measureLoad(single, answerers, rounds)),
    ...(await measureLoad(batch, answerers, rounds)),
  ];
  await Promise.all([app.stop(), bare.stop()]);
  const notes = [
    `${busyTopics} topics with persisted and with pending views; the first ones are read far more often.`,
    bareNote,
  ];
  return { part: "reading", tables: loadTables("Reading", notes, cases), samples: cases };
}

/** Checks that each answer stands for one accepted view. */
function allCounted({
  redis,
  keys,
}: BenchServers): (answers: number, uncertain: number) => Promise<void> {
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

async function requireBalance(servers: BenchServers): Promise<void> {
  const { difference, accepted, overlay } = await new BooksReader(servers).read();
  if (difference === 0 && accepted === overlay) return;
  throw new Error(`The books are off: ${accepted} accepted, ${overlay} waiting`);
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
