import { withClient } from "../database/with-client";

/** Keeps count of what the application accepted, and compares it with what PostgreSQL then holds. */
export class AcceptedViews {
  readonly #accepted = new Map<string, number>();

  /** `before`: what PostgreSQL held when nothing was pending in Redis. */
  constructor(
    private readonly persisted: () => Promise<Map<string, number>>,
    private readonly before: ReadonlyMap<string, number>,
  ) {}

  add(topicId: string): void {
    this.#accepted.set(topicId, (this.#accepted.get(topicId) ?? 0) + 1);
  }

  /** To be asked when nothing is being sent, and a sync has moved everything. */
  async compare() {
    const now = await this.persisted();
    const changes = [...new Set([...now.keys(), ...this.#accepted.keys()])].map((topicId) => ({
      topicId,
      accepted: this.#accepted.get(topicId) ?? 0,
      persisted: (now.get(topicId) ?? 0) - (this.before.get(topicId) ?? 0),
    }));
    return {
      /** How many more views PostgreSQL has than before this session. */
      persisted: changes.reduce((sum, { persisted }) => sum + persisted, 0),
      topics: changes.filter(({ persisted }) => persisted !== 0).length,
      /** Topics whose increase differs from what the application accepted. */
      deviations: changes.filter(({ accepted, persisted }) => persisted !== accepted),
    };
  }
}

export function persistedViews(databaseUrl: string, daoSlug: string): Promise<Map<string, number>> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ topicId: string; views: number }>(
      'SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1',
      [daoSlug],
    );
    return new Map(rows.map(({ topicId, views }) => [topicId, views]));
  });
}
