import { pino } from "pino";
import pg from "pg";
import { connectDatabase } from "../../../app/platform/postgres.server";
import type { Running } from "../../demo/running";
import { count, step } from "../../local/progress";
import type { BenchServers } from "../bench-servers";
import type { BenchOptions } from "../main";
import { figure, percentile, spreadFigure, type PartResult, type Table } from "../report";
import type { Contender } from "./contenders";
import { floorFinder } from "./floor";
import { alternate, longest, residentBytes, type SyncSample } from "./measure-sync";
import { oneByOne } from "./one-by-one";
import { ours } from "./ours";
import { kinds, MOST_WITH_HISTORY } from "./tables";

/** With so many targets, one by one takes half a minute; ten times as many are not worth the wait. */
const mostOneByOne = 10_000;
const warmUpTargets = { product: 5_000, baseline: 500 };
const megabyte = 2 ** 20;

/** All rounds of one contender for one size and kind, in order. */
interface SyncCase {
  size: number;
  kind: string;
  contender: string;
  form: string;
  samples: SyncSample[];
  /** Of each round: the time of ours divided by that of this contender. */
  ratios: number[];
}

export async function measureSync(
  servers: BenchServers,
  options: BenchOptions,
  running: Running,
): Promise<PartResult> {
  await servers.empty();
  const app = await servers.startApp();
  const logger = pino({ level: "silent" });
  const database = connectDatabase({ url: servers.databaseUrl, poolSize: 10, logger });
  running.add("the baseline's connections", { stop: () => database.close() });
  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  running.add("the floor's connection", { stop: () => client.end() });

  const product = ours(servers, app);
  const baseline = oneByOne(servers, database);
  await warmUp(servers, product, warmUpTargets.product);
  await warmUp(servers, baseline, warmUpTargets.baseline);
  const bestFloor = floorFinder(servers, client);
  /** Resident memory of the server, warm and idle, before any of the syncs. */
  const idleBytes = await residentBytes(app.pid);
  const cases: SyncCase[] = [];
  for (const size of options.sizes) {
    for (const kind of kinds.filter((one) => size <= MOST_WITH_HISTORY || !one.hasHistory)) {
      const tables = { kind, size, historyDays: options.history };
      const contenders = [product];
      if (size <= mostOneByOne && !kind.hasHistory) contenders.push(baseline);
      contenders.push(await bestFloor(tables, true));
      if (!kind.hasHistory) contenders.push(await bestFloor(tables, false));
      const rounds = await step(`${count(size)} targets, ${kind.name}`, () =>
        alternate(servers, contenders, tables, options.rounds),
      );
      for (const [{ name, form = "" }, samples] of rounds) {
        const ourSamples = rounds.get(product)!;
        const ratios = samples.map(({ seconds }, round) => ourSamples[round]!.seconds / seconds);
        cases.push({ size, kind: kind.name, contender: name, form, samples, ratios });
      }
    }
  }
  await app.stop();
  const tables = [syncTable(cases, idleBytes, options.history), growthTable(cases)];
  return { part: "sync", tables, samples: { idleBytes, cases } };
}

/** Compiles, loads and caches everything, so that none of this is part of the comparison. */
async function warmUp(servers: BenchServers, contender: Contender, size: number): Promise<void> {
  for (const kind of kinds.filter(({ hasHistory }) => !hasHistory)) {
    await alternate(servers, [contender], { kind, size, historyDays: 0 }, 1);
  }
}

/** One line for each contender, with ours beside it, round by round. */
function syncTable(cases: SyncCase[], idleBytes: number, historyDays: number): Table {
  return {
    title: "Sync",
    notes: [
      "Medians of the rounds, with the fastest and the slowest in brackets.",
      "ours: `POST /api/v1/forum/sync-views`, from the request to the whole answer. one by one: KEYS, then GET, Prisma upsert, DEL for each. floor: the same rows by bulk SQL from memory, with the chunk size and the order in brackets, which were the best of several.",
      `new: the tables are empty. existing: every topic has a row, and one for today. first of the day: every topic has a row, and one for each of the last ${historyDays} days. later that day: and one for today.`,
      "ours ÷ it: the time of ours divided by the time of this contender in the same round; for one by one the reverse, that is, how many times faster ours is.",
      `Memory: the server's peak above its ${Math.round(idleBytes / megabyte)} MB when warm and idle.`,
    ],
    columns: [
      "targets",
      "seconds",
      "targets/s",
      "ours ÷ it",
      "WAL bytes/target",
      "memory, MB",
      "longest Redis command, ms",
    ],
    rows: cases.map((current) => {
      const { samples, size, kind, contender, form } = current;
      const bytes = samples.map(({ walBytes }) => walBytes / size);
      return [
        `${count(size)} ${kind}: ${contender}${form}`,
        spreadFigure(samples.map(({ seconds }) => seconds)),
        spreadFigure(samples.map(({ seconds }) => size / seconds)),
        comparison(current),
        figure(percentile(bytes, 50)),
        memory(samples, idleBytes),
        longestCommand(samples),
      ];
    }),
  };
}

function comparison({ contender, ratios }: SyncCase): string {
  if (contender === "ours") return "";
  if (contender !== "one by one") return spreadFigure(ratios);
  return `${spreadFigure(ratios.map((ratio) => 1 / ratio))} times faster`;
}

/** The worst round: a limit that is kept most of the time is not kept. */
function memory(samples: SyncSample[], idleBytes: number): string {
  const peaks = samples.flatMap(({ peakBytes }) => peakBytes ?? []);
  return peaks.length === 0
    ? ""
    : figure(Math.max(0, ...peaks.map((peak) => peak - idleBytes)) / megabyte);
}

function longestCommand(samples: SyncSample[]): string {
  const found = longest(samples.flatMap(({ longestRedisCommand }) => longestRedisCommand ?? []));
  return found ? `${figure(found.milliseconds)} ${found.command}` : "< 0.5";
}

/** What one target costs at each size, and how that grows. */
function growthTable(cases: SyncCase[]): Table {
  const costs = cases
    .filter(({ contender }) => contender === "ours")
    .map(({ size, kind, samples }) => ({
      ...{ size, kind },
      micros: samples.map(({ seconds }) => (seconds / size) * 1e6),
    }));
  return {
    title: "Growth",
    notes: [
      "Microseconds of a sync for each target; the last column compares with 10,000 targets.",
    ],
    columns: ["targets", "µs a target", "÷ at 10,000"],
    rows: costs.map(({ size, kind, micros }) => {
      const reference = costs.find((other) => other.size === 10_000 && other.kind === kind);
      return [
        `${count(size)} ${kind}`,
        spreadFigure(micros),
        reference ? figure(percentile(micros, 50) / percentile(reference.micros, 50)) : "",
      ];
    }),
  };
}
