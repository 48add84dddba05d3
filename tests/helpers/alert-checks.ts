import type { Dashboard } from "./dashboard";

/**
 * As if the last check had begun long ago, so that the next look of any process is one. Not within half a
 * second of it: a check that begins before the last one has ended makes that count for nothing.
 */
export async function allowCheck({ pool, daoSlug }: Pick<Dashboard, "pool" | "daoSlug">) {
  await pool.query(
    `UPDATE alert_checks SET started_at = started_at - interval '1 hour'
     WHERE dao_slug = $1 AND started_at < clock_timestamp() - interval '500 milliseconds'`,
    [daoSlug],
  );
}
