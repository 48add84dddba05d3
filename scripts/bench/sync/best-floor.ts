import type pg from "pg";
import type { BenchServers } from "../bench-servers";
import { spread } from "../statistics";
import { alternate } from "./measure-sync";
import { floor, type FloorPlan } from "./floor";
import type { TablesBefore } from "./tables";
import { makeTopics } from "./contenders";

const chunkSizes = [2_500, 5_000, 10_000, 20_000];
const tries = 2;
/** Larger sizes use the form that is best for this size. */
const mostTried = 100_000;

/** Tries several forms of the floor, and returns the fastest; once for all sizes that share it. */
export function bestFloorFinder(servers: BenchServers, client: pg.Client) {
  const found = new Map<string, FloorPlan>();
  return async (tables: TablesBefore, withDaily: boolean): Promise<FloorPlan> => {
    const tried = { ...tables, size: Math.min(tables.size, mostTried) };
    const name = `${tried.kind} ${tried.size} ${withDaily}`;
    const best = found.get(name) ?? (await fastest(servers, client, tried, withDaily));
    found.set(name, best);
    return best;
  };
}

async function fastest(
  servers: BenchServers,
  client: pg.Client,
  tables: TablesBefore,
  withDaily: boolean,
): Promise<FloorPlan> {
  const plans = plansFor(tables, withDaily);
  const contenders = plans.map((plan) => floor(servers, client, plan));
  const rounds = await alternate(servers, contenders, tables, makeTopics(tables.size), tries);
  const seconds = contenders.map(
    (contender) => spread((rounds.get(contender) ?? []).map((sample) => sample.seconds)).min,
  );
  return plans[seconds.indexOf(Math.min(...seconds))]!;
}

function plansFor({ kind, size }: TablesBefore, withDaily: boolean): FloorPlan[] {
  const [smallest, ...others] = chunkSizes;
  const sizes = [smallest!, ...others.filter((chunkSize) => chunkSize <= size)];
  const orders = kind === "new" ? (["by id"] as const) : (["by id", "by views"] as const);
  return orders.flatMap((order) => sizes.map((chunkSize) => ({ withDaily, chunkSize, order })));
}
