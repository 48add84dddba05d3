import type pg from "pg";
import type { BenchServers } from "../bench-servers";
import type { Contender, Topics } from "./contenders";

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

export interface FloorPlan {
  withDaily: boolean;
  chunkSize: number;
  /**
   * `by id` goes through the table once. `by views` comes back to every page with every chunk, which is worse
   * for new rows and can be better for full pages: what one chunk leaves behind makes room for the next.
   */
  order: "by id" | "by views";
}

type Chunk = Pick<Topics, "ids" | "views">;

/**
 * Writes the same rows into the same tables by bulk SQL and nothing else: cut into chunks and sorted
 * beforehand, one prepared statement for each chunk, without Redis, guards, fence or books.
 */
export function floor({ daoSlug }: BenchServers, client: pg.Client, plan: FloorPlan): Contender {
  const name = plan.withDaily ? "both" : "stats";
  let prepared: { topics: Topics; chunks: Chunk[] } | undefined;
  return {
    name: plan.withDaily ? "floor" : "floor, no daily rows",
    withDaily: plan.withDaily,
    prepare(topics) {
      if (prepared?.topics !== topics) prepared = { topics, chunks: cut(topics, plan) };
      return Promise.resolve();
    },
    async sync() {
      for (const { ids, views } of prepared?.chunks ?? []) {
        await client.query({ name, text: statements[name], values: [daoSlug, ids, views] });
      }
    },
    verify: () => Promise.resolve(),
  };
}

/** Within a chunk, the ids are sorted for either order. */
function cut({ ids, views }: Topics, { chunkSize, order }: FloorPlan): Chunk[] {
  const places = ids.map((_, place) => place);
  if (order === "by views") places.sort((one, other) => views[other]! - views[one]!);
  const chunks: Chunk[] = [];
  for (let start = 0; start < places.length; start += chunkSize) {
    const chunk = places.slice(start, start + chunkSize).sort((one, other) => one - other);
    chunks.push({
      ids: chunk.map((place) => ids[place]!),
      views: chunk.map((place) => views[place]!),
    });
  }
  return chunks;
}
