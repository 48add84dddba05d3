/**
 * `npm run test:upgrade`: the upgrade from the version before, with that version itself. Builds it from the history of
 * this repository, lets it leave views in every place, migrates under traffic while it goes on, and compares what is
 * persisted of every topic with the answers to its senders. `tests/integration/upgrade.test.ts` walks over the steps.
 */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BooksReader } from "~/sync/balance/books.server";
import { viewKeys } from "~/sync/redis/view-keys";
import { Traffic } from "../tests/faults/traffic";
import { ViewLog } from "../tests/faults/view-log";
import { startAppServer, type AppServer } from "../tests/helpers/app-server";
import { callSync } from "../tests/helpers/call-cron";
import { testDaoSlug } from "../tests/helpers/dao-slug";
import { fastSettings, temporaryFolder } from "../tests/helpers/servers";
import { connectServers } from "../tests/helpers/sync-fixture";
import { Random } from "../tests/simulation/random";
import { advance, VersionBefore } from "../tests/upgrade/version-before/process";
import { buildIfChanged } from "./demo/build-if-changed";
import { ensureDatabase, startPostgres } from "./local/postgres";
import { count, explain, showLine, step } from "./local/progress";
import { startRedis } from "./local/redis";
import { runCommand } from "./local/run-command";
import { runNpm } from "./local/run-npm";
import { SetupError } from "./local/setup-error";
import { ensureSystemProgram } from "./local/system-packages";
import { waitUntil } from "./local/wait-until";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const VERSION_BEFORE = "952f70f";
const DATABASE = "forum_views";
const TOPICS = Array.from({ length: 400 }, (_, id) => (id < 20 ? `refused-${id}` : `t${id}`));
/** Discards of the version before, each of which ended before this step. */
const DISCARDS = { t100: "take", t101: "book", t102: "forget" };
const settings = {
  SYNC_CHUNK_SIZE: "10",
  SYNC_LEASE_SECONDS: "2",
  VIEW_RATE_PER_MINUTE: "0",
  VIEW_NETWORK_CAP: "0",
};

async function git(...args: string[]): Promise<void> {
  const { ok, output } = await runCommand("git", args, { cwd: root, seconds: 60 });
  if (!ok) throw new SetupError(`git ${args.join(" ")}: ${output.trim()}`);
}

/** Builds in a clone, so that nothing is left behind in this repository. */
async function buildVersionBefore(folder: string): Promise<void> {
  await git("clone", "--quiet", "--shared", "--no-checkout", root, folder);
  await git("-C", folder, "checkout", "--quiet", VERSION_BEFORE);
  await runNpm(folder, ["ci"]);
  await runNpm(folder, ["run", "build"]);
}

/** Syncs again and again until it is stopped, and keeps the answers. */
async function keepSyncing(app: AppServer, answers: number[], stop: AbortSignal): Promise<void> {
  while (!stop.aborted) answers.push((await callSync(app).catch(() => undefined))?.status ?? 0);
}

async function upgrade(before: string, databaseUrl: string, redisUrl: string): Promise<string[]> {
  const daoSlug = testDaoSlug();
  const keys = viewKeys(daoSlug);
  const servers = connectServers(databaseUrl, redisUrl);
  const { redis, pool } = servers;
  const books = new BooksReader({ pool, redis, keys, daoSlug });
  const start = (parkAfter: string, folder?: string) =>
    startAppServer({
      ...{ databaseUrl, redisUrl, daoSlug, folder },
      env: { ...settings, SYNC_PARK_AFTER: parkAfter },
    });
  await runNpm(before, ["run", "db:migrate"], { DATABASE_URL: databaseUrl });
  await pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'topic is locked'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON forum_topic_view_stats
      FOR EACH ROW WHEN (NEW."topicId" LIKE 'refused%') EXECUTE FUNCTION refuse()`);
  const old = await start("2", before);
  let origin = old.origin;
  const log = new ViewLog();
  const traffic = new Traffic({ log, topics: TOPICS, origin: () => origin, random: new Random(1) });
  const places: string[] = [];

  await step("Counting and syncing with the version before", async () => {
    await traffic.send(2_000);
    for (let sync = 0; sync < 3; sync += 1) await callSync(old);
    await traffic.send(2_000);
    for (const [topicId, until] of Object.entries(DISCARDS)) {
      const target = `forum_topic:${topicId}`;
      const views = Number(await redis.zscore(keys.overlay, target));
      if (until !== "take") log.adjust(topicId, -views);
      await advance(new VersionBefore({ pool, redis, daoSlug }).discard(target), until);
    }
    // Kills processes in mid-sync until one leaves a batch behind.
    while (!(await redis.exists(keys.batch))) {
      await traffic.send(400);
      const victim = await start("2", before);
      const answer = callSync(victim).catch(() => undefined);
      await waitUntil(async () => (await redis.exists(keys.batch)) === 1, {
        what: "an open batch",
        seconds: 10,
        every: 1,
      });
      await victim.kill();
      await answer;
    }
    const named = await redis.keys(`fv:{${daoSlug}}:*`);
    const place = /:(overlay|parked|batch:\d+|discard:\d+)$/;
    places.push(...named.flatMap((key) => place.exec(key)?.[1] ?? []));
  });

  traffic.start();
  const [answers, enough] = [[] as number[], new AbortController()];
  const oldSyncs = keepSyncing(old, answers, enough.signal);
  await step("Migrating under traffic, while it goes on", () =>
    runNpm(root, ["run", "db:migrate"], { DATABASE_URL: databaseUrl }),
  );
  const answered = answers.length + 1;
  const app = await step("Starting this version beside it", () => start("2"));
  await waitUntil(() => answers.length > answered, { what: "a late sync", seconds: 30 });
  for (let sync = 0; sync < 5; sync += 1) await callSync(app);
  origin = app.origin;
  await callSync(app);
  enough.abort();
  await oldSyncs;
  await traffic.stop();
  const late = answers.slice(answered);
  await old.stop();
  await callSync(app);
  await app.stop();
  const upgraded = await books.read();

  await redis.flushall();
  await pool.query("DROP TRIGGER refuse ON forum_topic_view_stats");
  const patient = await start("1000");
  await step(
    "Losing Redis, and flushing what was refused",
    async () => void (await callSync(patient)),
  );
  await patient.stop();

  const { rows } = await pool.query<{ topicId: string; views: number }>(
    `SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1`,
    [daoSlug],
  );
  const deviations = log.compare(new Map(rows.map(({ topicId, views }) => [topicId, views])));
  const { kept, discarded } = await books.read();
  const { accepted, unknown, adjusted } = log.totals();
  const persisted = rows.reduce((sum, { views }) => sum + views, 0);
  await servers.close();
  showLine(`Views were in ${places.join(", ")}; PostgreSQL kept ${upgraded.kept} through the loss`);
  showLine(
    `${count(accepted)} views accepted (${count(unknown)} unknown), ${count(persisted)} persisted of ${count(rows.length)} topics, ${count(-adjusted)} discarded`,
  );
  showLine(
    `Answers to syncs of the version before, once migrated: ${[...new Set(late)].join(", ")}`,
  );
  return [
    ...deviations.map((one) => `${one.topicId}: ${one.persisted}, not ${one.least} to ${one.most}`),
    ...(upgraded.difference === 0 ? [] : [`The books are off by ${upgraded.difference}`]),
    ...(kept === 0 ? [] : [`${kept} views are kept`]),
    ...(discarded === -adjusted ? [] : [`${discarded} views are discarded, not ${-adjusted}`]),
    ...(late.includes(200) ? ["A sync of the version before was a success"] : []),
    ...traffic.problems,
  ];
}

async function main(): Promise<string[]> {
  await ensureSystemProgram("redis");
  await git("rev-parse", "--quiet", "--verify", `${VERSION_BEFORE}^{commit}`);
  await buildIfChanged(root);
  const before = await temporaryFolder();
  const running: Array<{ stop(): Promise<void> }> = [];
  try {
    await step(`Building the version before, ${VERSION_BEFORE}`, () => buildVersionBefore(before));
    const postgres = await startPostgres({
      folder: await temporaryFolder(),
      password: randomBytes(16).toString("hex"),
      settings: fastSettings,
      temporary: true,
    });
    running.push(postgres);
    const redis = await startRedis({ folder: await temporaryFolder(), temporary: true });
    running.push(redis);
    await ensureDatabase(postgres, DATABASE);
    return await upgrade(before, postgres.url(DATABASE), redis.url);
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    await rm(before, { recursive: true, force: true });
  }
}

let problems: string[];
try {
  problems = await main();
} catch (error) {
  problems = [explain(error)];
}
for (const problem of problems) showLine(`✗ ${problem}`);
if (problems.length === 0) showLine("✓ Every topic has exactly the views that were accepted");
process.exit(problems.length === 0 ? 0 : 1);
