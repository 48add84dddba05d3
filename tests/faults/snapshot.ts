import { createHash } from "node:crypto";
import type { Stage } from "./stage";

const tables = [
  "forum_topic_view_stats",
  "forum_topic_view_daily",
  "view_books",
  "sync_runs",
  "failed_targets",
  "audit_log",
];

/** A digest of each part of what the two stores hold of the DAO: equal if nothing has changed. */
export async function bothStores(stage: Stage): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of tables) {
    const [row] = await stage.query<{ digest: string }>(
      `SELECT count(*) || ' ' || md5(coalesce(string_agg(part::text, ',' ORDER BY part::text), '')) AS digest
       FROM ${table} AS part WHERE dao_slug = $1`,
      [stage.daoSlug],
    );
    digests[table] = row?.digest ?? "";
  }
  const keys = (await stage.redisKeys(`fv:{${stage.daoSlug}}:*`)).sort();
  digests["the keys in Redis"] = digest(keys);
  const seen = `fv:{${stage.daoSlug}}:seen:`;
  for (const key of keys.filter((name) => !name.startsWith(seen))) {
    digests[key] = digest([(await stage.redis.dumpBuffer(key))?.toString("hex") ?? ""]);
  }
  return digests;
}

function digest(parts: string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex");
}
