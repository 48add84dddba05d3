import { pino } from "pino";
import pg from "pg";
import { connectDatabase } from "../../../app/platform/postgres.server";
import type { Running } from "../../demo/running";
import { count, step } from "../../local/progress";
import type { BenchOptions } from "../options";
import type { PartResult } from "../report";
import type { BenchServers } from "../bench-servers";
import { bestFloorFinder } from "./best-floor";
import { makeTopics, type Contender } from "./contenders";
import { floor, type FloorPlan } from "./floor";
import { alternate, measureOnce, residentBytes, type SyncSample } from "./measure-sync";
import { oneByOne } from "./one-by-one";
import { ours } from "./ours";
import { growthTable, syncTable } from "./sync-tables";
import { hasHistory, kinds, MOST_WITH_HISTORY, type Kind } from "./tables";

/** With so many targets, one by one takes half a minute; ten times as many are not worth the wait. */
const mostOneByOne = 10_000;
const warmUpTargets = { product: 5_000, baseline: 500 };

/** All rounds of one contender for one size and kind, in order. */
export interface SyncCase {
  size: number;
  kind: Kind;
  contender: string;
  /** For the floor: the order in which its best form goes through the targets. */
  plan?: FloorPlan | undefined;
  samples: SyncSample[];
}

export interface SyncMeasurements {
  /** Resident memory of the server, warm and idle, before any of the syncs. */
  idleBytes: number | undefined;
  cases: SyncCase[];
}

export async function measureSync(
  servers: BenchServers,
  options: BenchOptions,
  running: Running,
): Promise<PartResult> {
  const app = await servers.startApp();
  const database = connectDatabase({
    url: servers.databaseUrl,
    poolSize: 10,
    logger: pino({ level: "silent" }),
  });
  running.add("the baseline's connections", { stop: () => database.close() });
  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  running.add("the floor's connection", { stop: () => client.end() });

  const product = ours(servers, app);
  const baseline = oneByOne(servers, database);
  await warmUp(servers, product, warmUpTargets.product);
  await warmUp(servers, baseline, warmUpTargets.baseline);
  const bestFloor = bestFloorFinder(servers, client);
  const measurements: SyncMeasurements = { idleBytes: await residentBytes(app.pid), cases: [] };
  for (const size of options.sizes) {
    const topics = makeTopics(size);
    for (const kind of kinds.filter((one) => size <= MOST_WITH_HISTORY || !hasHistory(one))) {
      const tables = { kind, size, historyDays: options.history };
      const floors = [];
      for (const withDaily of hasHistory(kind) ? [true] : [true, false]) {
        const plan = await bestFloor(tables, withDaily);
        floors.push({ plan, contender: floor(servers, client, plan) });
      }
      const field = [
        { contender: product, plan: undefined },
        ...(size <= mostOneByOne && !hasHistory(kind)
          ? [{ contender: baseline, plan: undefined }]
          : []),
        ...floors,
      ];
      const contenders = field.map(({ contender }) => contender);
      const rounds = await step(`${count(size)} targets, ${kind}`, () =>
        alternate(servers, contenders, tables, topics, options.rounds),
      );
      for (const { contender, plan } of field) {
        const samples = rounds.get(contender) ?? [];
        measurements.cases.push({ size, kind, contender: contender.name, plan, samples });
      }
    }
  }
  await app.stop();
  return {
    part: "sync",
    tables: [syncTable(measurements, options.history), growthTable(measurements)],
    samples: measurements,
  };
}

/** Compiles, loads and caches everything, so that none of this is part of the comparison. */
async function warmUp(servers: BenchServers, contender: Contender, targets: number): Promise<void> {
  const topics = makeTopics(targets);
  for (const kind of ["new", "existing"] as const) {
    await measureOnce(servers, contender, { kind, size: targets, historyDays: 0 }, topics);
  }
}
