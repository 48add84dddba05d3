import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { viewKeys } from "~/sync/redis/view-keys";
import { BooksReader } from "~/sync/balance/books.server";
import { count, showLine } from "../../scripts/local/progress";
import { waitUntil } from "../../scripts/local/wait-until";
import {
  proven,
  startAccounts,
  testPassword,
  testSecret,
  type AccountsProcess,
} from "../helpers/accounts";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { testRedis } from "../helpers/database";
import { exchange } from "../helpers/raw-http";
import { useServers } from "../helpers/use-servers";
import { sendView } from "../helpers/visitor";
import { databaseHoldings, redisHoldings } from "./holdings";
import { bodyText, judge } from "./judge";
import { briefAttacks, slowAttacks } from "./raw-attacks";
import { adminRequest, hostileRequest, type FuzzRequest } from "./requests";
import { wireBytes, type WireContext } from "./wire-format";

/** `FUZZ_SEED` replays a run; `FUZZ_REQUESTS` makes it longer (see `npm run test:fuzz`). */
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
const requests = Number(process.env.FUZZ_REQUESTS ?? 3_000);
const CHUNK = 500;
const CONCURRENCY = 8;
const MEGABYTE = 1_024 * 1_024;

const daoSlug = testDaoSlug();
const keys = viewKeys(daoSlug);
const use = useServers();
let app: AppServer;
let accounts: AccountsProcess;
let wire: WireContext;
/** Secrets, passwords, and ports of servers. */
let confidential: string[];
const answers = new Map<string, number>();
let countedViews = 0;
/** Complete requests followed by garbage: Node may close the connection before it has answered them. */
let unansweredViews = 0;

beforeAll(async () => {
  const probe = pathToFileURL(path.resolve("tests/fuzz/memory-probe.mjs")).href;
  app = await startAppServer({
    databaseUrl: use.database.url,
    redisUrl: testRedis(),
    daoSlug,
    env: {
      SESSION_SECRET: testSecret,
      TRUST_PROXY: "loopback",
      CORS_ORIGINS: "https://forum.example",
      NODE_OPTIONS: `--import ${probe} --max-old-space-size=320`,
    },
  });
  accounts = await startAccounts({ databaseUrl: use.database.url, redisUrl: testRedis(), daoSlug });
  for (const role of ["admin", "operator"] as const) await accounts.add(`${role}@forum.test`, role);
  const { port, origin } = app;
  wire = { port, origin, cookies: { admin: "", operator: "" } };
  const { password, host } = new URL(use.database.url);
  confidential = [
    app.cronSecret,
    testSecret,
    testPassword,
    password,
    host,
    new URL(testRedis()).host,
  ];
  for (let topic = 0; topic < 30; topic += 1) await sendView(origin, `${topic}`);
  await sync();
  for (let topic = 0; topic < 30; topic += 1) await sendView(origin, `${topic}`);
});
afterAll(async () => {
  await accounts.close();
  await app.stop();
});

/** Syncs, once a run that an admin's form has started is over. */
async function sync(): Promise<void> {
  await waitUntil(async () => (await callSync(app)).ok, { what: "a sync", seconds: 30 });
}

/** Opens a new session if the old one has ended, for example by signing out. */
async function signIn(role: "operator" | "admin"): Promise<void> {
  const user = (await accounts.users.findByEmail(`${role}@forum.test`))!;
  const token = await accounts.sessions.open(proven(user));
  wire.cookies[role] = await accounts.cookie(token!);
}

async function send(request: FuzzRequest): Promise<void> {
  const { method, framing } = request;
  const halfClose = framing === "short";
  const options = { port: wire.port, method, timeout: 15_000, halfClose };
  const outcome = await exchange(wireBytes(request, wire), options);
  const status = outcome.answer?.status;
  const kind = status === undefined ? outcome.end : `${Math.floor(status / 100)}xx`;
  answers.set(kind, (answers.get(kind) ?? 0) + 1);
  if (outcome.answer && bodyText(outcome.answer) === '{"counted":true}') countedViews += 1;
  else if (framing === "long" && method === "POST" && status !== 200) unansweredViews += 1;
  const problems = judge(request, outcome, confidential);
  if (problems.length === 0) return;
  const said = `${problems.join("; ")} (FUZZ_SEED=${seed}): ${show(request)}`;
  expect.soft(problems, said).toEqual([]);
}

/** Cuts long parts, so that the rest can be read. */
function show({ body, headers, ...request }: FuzzRequest): string {
  const bytes = body?.bytes.toString("latin1");
  const shown = { ...request, ...body, bytes, headers: headers.slice(0, 20) };
  return JSON.stringify(shown, (_name, value: unknown) =>
    typeof value === "string" && value.length > 300 ? `${value.slice(0, 300)}…` : value,
  );
}

async function sendAll(arbitrary: fc.Arbitrary<FuzzRequest>, total: number, first: number) {
  for (let sent = 0; sent < total; sent += CHUNK) {
    await signIn("operator");
    await signIn("admin");
    const chunk = fc.sample(arbitrary, {
      seed: seed + first + sent,
      numRuns: Math.min(CHUNK, total - sent),
    });
    const worker = async () => {
      for (let next = chunk.pop(); next; next = chunk.pop()) await send(next);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }
}

interface Memory {
  heapUsed: number;
  external: number;
  rss: number;
}

async function settledMemory(): Promise<Memory> {
  const readings = () => app.logs.filter(({ msg }) => msg === "Memory");
  const before = readings().length;
  process.kill(app.pid, "SIGUSR2");
  await waitUntil(() => readings().length > before, { what: "the memory probe", seconds: 10 });
  return readings().at(-1) as unknown as Memory;
}

function showTotals(what: string, memory: Memory): void {
  const kinds = [...answers].sort().map(([kind, total]) => `${kind} ${count(total)}`);
  const rss = Math.round(memory.rss / MEGABYTE);
  const heap = Math.round(memory.heapUsed / MEGABYTE);
  showLine(`${what}, FUZZ_SEED=${seed}: ${kinds.join(", ")}; heap ${heap} MB, RSS ${rss} MB`);
}

test(
  "hostile requests are answered and change nothing",
  { timeout: requests * 200 + 120_000 },
  async () => {
    const total = Math.ceil(requests * 0.9);
    const warmUp = Math.min(1_500, Math.ceil(total / 2));
    await sendAll(hostileRequest, warmUp, 0);
    const memory = await settledMemory();
    showTotals("Warmed up", memory);
    const { sessions: _before, ...before } = await databaseHoldings(use.servers.pool);
    const redisBefore = await redisHoldings(use.servers.redis, keys);
    countedViews = 0;
    unansweredViews = 0;

    await sendAll(hostileRequest, total - warmUp, warmUp);

    const { sessions: _after, ...after } = await databaseHoldings(use.servers.pool);
    expect(after).toEqual(before);
    const redisAfter = await redisHoldings(use.servers.redis, keys);
    const counted = redisAfter.accepted - redisBefore.accepted;
    expect(counted).toBeGreaterThanOrEqual(countedViews);
    expect(counted).toBeLessThanOrEqual(countedViews + unansweredViews);
    expect(redisAfter.eternal).toEqual([]);
    // Keys of limits may have ended meanwhile.
    expect([...redisBefore.kinds]).toEqual(expect.arrayContaining([...redisAfter.kinds]));
    expect(redisAfter.marks - redisBefore.marks).toBe(counted);
    const settled = await settledMemory();
    showTotals("Hostile requests", settled);
    expect(settled.heapUsed - memory.heapUsed).toBeLessThan(40 * MEGABYTE);
    expect(settled.rss - memory.rss).toBeLessThan(150 * MEGABYTE);
  },
);

test(
  "an admin's forms full of garbage break nothing",
  { timeout: requests * 100 + 120_000 },
  async () => {
    await sendAll(adminRequest, Math.floor(requests * 0.1), requests);
    await sync();
    const { pool, redis } = use.servers;
    expect((await new BooksReader({ pool, redis, keys, daoSlug }).read()).difference).toBe(0);
    const own = await pool.query(
      "SELECT role FROM users WHERE email = 'admin@forum.test' AND disabled_at IS NULL",
    );
    expect(own.rows).toEqual([{ role: "admin" }]);
    showTotals("With an admin's forms", await settledMemory());
  },
);

test("nobody who is slow is waited for", { timeout: 60_000 }, async () => {
  const ends = await Promise.all(slowAttacks.map(({ run }) => run(app.port)));
  slowAttacks.forEach(({ name }, index) => {
    expect.soft(ends[index]?.closed, name).toBe(true);
    expect.soft(ends[index]?.received, name).not.toMatch(/HTTP\/1\.1 5\d\d/);
  });
});

test.each(briefAttacks)("$name leaves the server as it was", async ({ run }) => {
  await run(app.port);
  expect((await fetch(`${app.origin}/healthz`)).status).toBe(200);
});

test("the server is the same process, and has logged nothing that it did not expect", async () => {
  expect(existsSync(`/proc/${app.pid}`) || process.platform !== "linux").toBe(true);
  expect((await fetch(`${app.origin}/readyz`)).status).toBe(200);
  const errors = app.logs.filter(({ level }) => String(level) === "error");
  expect(errors).toEqual([]);
});
