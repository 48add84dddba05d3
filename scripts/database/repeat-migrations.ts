import type pg from "pg";

/** The advisory lock that Prisma takes while it migrates. */
const MIGRATION_LOCK = 72_707_369;

/**
 * Migrations of one statement each that may take long, and what to do before one that was cut off begins
 * again.
 */
const repeatable = new Map([
  [
    "20261128070000_daily_index_by_day",
    // An index whose creation was cut off stays behind, unusable.
    "DROP INDEX CONCURRENTLY IF EXISTS forum_topic_view_daily_by_day",
  ],
  ["20261128070100_daily_key_by_day", undefined],
]);

/**
 * Lets migrations that were cut off begin again, which Prisma leaves to a person. Waits until nobody else migrates,
 * because an index that is being built looks the same.
 */
export async function repeatCutOff(client: pg.Client): Promise<void> {
  await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations
     WHERE finished_at IS NULL AND rolled_back_at IS NULL AND migration_name = ANY($1::text[])`,
    [[...repeatable.keys()]],
  );
  for (const { name } of rows) {
    const undo = repeatable.get(name);
    if (undo) await client.query(undo);
    await client.query(
      `UPDATE _prisma_migrations SET rolled_back_at = now()
       WHERE migration_name = $1 AND finished_at IS NULL`,
      [name],
    );
  }
  await client.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`);
}
