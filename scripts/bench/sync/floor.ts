import type pg from "pg";
import { count } from "../../local/progress";
import type { BenchServers } from "../bench-servers";
import type { Contender, Topics } from "./contenders";
import { alternate } from "./measure-sync";
import type { TablesBefore } from "./tables";

const stats = `
  INSERT INTO forum_topic_view_stats AS stats (dao_slug, "topicId", views, "lastUpdated")
  SELECT $1, id, views, clock_timestamp() AT TIME ZONE 'UTC'
  FROM unnest($2::text[], $3::int[]) AS chunk(id, views)
  ON CONFLICT (dao_slug, "topicId") DO UPDATE
    SET views = stats.views + excluded.views, "lastUpdated" = excluded."lastUpdated"`;

const daily = `
  INSERT INTO forum_topic_view_daily AS daily (dao_slug, "topicId", day, views)
  SELECT $1, id, (clock_timestamp() AT TIME ZONE 'UTC')::date, views
  FROM unnest($2::text[], $3::int[]) AS chunk(id, views)
  ON CONFLICT (dao_slug, "topicId", day) DO UPDATE SET views = daily.views + excluded.views`;

const statements = { both: `WITH stats AS (${stats}) ${daily}`, stats };

const chunkSizes = [2_500, 5_000, 10_000, 20_000];
const tries = 2;
/** Larger sizes use the form that is best for this size. */
const mostTried = 100_000;

interface FloorPlan {
  withDaily: boolean;
  chunkSize: number;
  /**
   * `by id` goes through the table once. `by views` comes back to every page with every chunk, which is worse
   * for new rows and can be better for full pages: what one chunk leaves behind makes room for the next.
   */
  order: "by id" | "by views";
}

/** Tries several forms of the floor, and returns the fastest; once for all sizes that share it. */
export function floorFinder(servers: BenchServers, client: pg.Client) {
  const found = new Map<string, Contender>();
  return async (tables: TablesBefore, withDaily: boolean): Promise<Contender> => {
    const tried = { ...tables, size: Math.min(tables.size, mostTried) };
    const name = `${tried.kind.name} ${tried.size} ${withDaily}`;
    const floors = plansFor(tried, withDaily).map((plan) => floor(servers, client, plan));
    const best = found.get(name) ?? (await fastest(servers, floors, tried));
    found.set(name, best);
    return best;
  };
}

async function fastest(servers: BenchServers, floors: Contender[], tables: TablesBefore) {
  const rounds = await alternate(servers, floors, tables, tries);
  const seconds = (contender: Contender) =>
    Math.min(...rounds.get(contender)!.map((sample) => sample.seconds));
  return floors.reduce((best, one) => (seconds(one) < seconds(best) ? one : best));
}

function plansFor({ kind, size }: TablesBefore, withDaily: boolean): FloorPlan[] {
  const [smallest, ...others] = chunkSizes;
  const sizes = [smallest!, ...others.filter((chunkSize) => chunkSize <= size)];
  const orders = kind.hasRows ? (["by id", "by views"] as const) : (["by id"] as const);
  return orders.flatMap((order) => sizes.map((chunkSize) => ({ withDaily, chunkSize, order })));
}

/**
 * Writes the same rows into the same tables by bulk SQL and nothing else: cut into chunks and sorted
 * beforehand, one prepared statement for each chunk, without Redis, guards, fence or books.
 */
function floor({ daoSlug }: BenchServers, client: pg.Client, plan: FloorPlan): Contender {
  const name = plan.withDaily ? "both" : "stats";
  let chunks: Array<Pick<Topics, "ids" | "views">> = [];
  return {
    name: plan.withDaily ? "floor" : "floor, no daily rows",
    form: ` (${count(plan.chunkSize)} ${plan.order})`,
    withDaily: plan.withDaily,
    prepare(topics) {
      chunks = cut(topics, plan);
    },
    async sync() {
      for (const { ids, views } of chunks) {
        await client.query({ name, text: statements[name], values: [daoSlug, ids, views] });
      }
    },
  };
}

/** Within a chunk, the ids are sorted for either order. */
function cut({ ids, views }: Topics, { chunkSize, order }: FloorPlan) {
  const places = ids.map((_, place) => place);
  if (order === "by views") places.sort((one, other) => views[other]! - views[one]!);
  const chunks = [];
  for (let start = 0; start < places.length; start += chunkSize) {
    const chunk = places.slice(start, start + chunkSize).sort((one, other) => one - other);
    chunks.push({
      ids: chunk.map((place) => ids[place]!),
      views: chunk.map((place) => views[place]!),
    });
  }
  return chunks;
}
