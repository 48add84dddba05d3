import type { Dashboard } from "./dashboard";

/**
 * Makes the last check seem long ago, so that any process checks in its next round. Not within half a second
 * of the last check: if a new check begins before that one has ended, its findings are ignored.
 */
export async function allowCheck({ pool, daoSlug }: Pick<Dashboard, "pool" | "daoSlug">) {
  await pool.query(
    `UPDATE alert_checks SET started_at = started_at - interval '1 hour'
     WHERE dao_slug = $1 AND started_at < clock_timestamp() - interval '500 milliseconds'`,
    [daoSlug],
  );
}
