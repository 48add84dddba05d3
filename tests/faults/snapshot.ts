import { createHash } from "node:crypto";
import type { System } from "./system";

const tables = [
  "forum_topic_view_stats",
  "forum_topic_view_daily",
  "view_books",
  "sync_runs",
  "failed_targets",
  "audit_log",
];

/** A digest of each part of the DAO's data in the two stores: equal if nothing has changed. */
export async function bothStores(system: System): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of tables) {
    const [row] = await system.query<{ digest: string }>(
      `SELECT count(*) || ' ' || md5(coalesce(string_agg(part::text, ',' ORDER BY part::text), '')) AS digest
       FROM ${table} AS part WHERE dao_slug = $1`,
      [system.daoSlug],
    );
    digests[table] = row?.digest ?? "";
  }
  const keys = (await system.redisKeys(`fv:{${system.daoSlug}}:*`)).sort();
  digests["the keys in Redis"] = digest(keys);
  const marks = new RegExp(`^fv:{${system.daoSlug}}:m:`);
  for (const key of keys.filter((name) => !marks.test(name))) {
    digests[key] = digest([(await system.redis.dumpBuffer(key))?.toString("hex") ?? ""]);
  }
  return digests;
}

function digest(parts: string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex");
}
