import { withClient } from "../database/with-client";

/** Views by topic. */
export type Views = Map<string, number>;

export function addView(views: Views, topicId: string): void {
  views.set(topicId, (views.get(topicId) ?? 0) + 1);
}

/** What PostgreSQL holds. */
export function persistedViews(databaseUrl: string, daoSlug: string): Promise<Views> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ topicId: string; views: number }>(
      'SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1',
      [daoSlug],
    );
    return new Map(rows.map(({ topicId, views }) => [topicId, views]));
  });
}

/**
 * Compares what the application accepted with how much more PostgreSQL has than before: to be asked when nothing is
 * being sent, and a sync has moved everything.
 */
export function compareViews(before: Views, now: Views, accepted: Views) {
  const changes = [...new Set([...now.keys(), ...accepted.keys()])].map((topicId) => ({
    topicId,
    accepted: accepted.get(topicId) ?? 0,
    persisted: (now.get(topicId) ?? 0) - (before.get(topicId) ?? 0),
  }));
  return {
    persisted: changes.reduce((sum, { persisted }) => sum + persisted, 0),
    topics: changes.filter(({ persisted }) => persisted !== 0).length,
    deviations: changes.filter(({ accepted, persisted }) => persisted !== accepted),
  };
}
