import type pg from "pg";

/** Holds a row that the sync has to update, so that a run stays active until it is released. */
export async function holdTopic(
  pool: pg.Pool,
  { daoSlug, topicId }: { daoSlug: string; topicId: string },
): Promise<() => Promise<void>> {
  const client = await pool.connect();
  await client.query("BEGIN");
  await client.query(
    `INSERT INTO forum_topic_view_stats VALUES ($1, $2, 0, now(), 0)
     ON CONFLICT (dao_slug, "topicId") DO UPDATE SET views = forum_topic_view_stats.views`,
    [daoSlug, topicId],
  );
  return async () => {
    await client.query("COMMIT");
    client.release();
  };
}
