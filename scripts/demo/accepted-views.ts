import { withClient } from "../database/with-client";

export interface Verdict {
  /** How many more views PostgreSQL has than before this session. */
  persisted: number;
  topics: number;
  /** Topics whose increase differs from what the application accepted. */
  deviations: Array<{ topicId: string; accepted: number; persisted: number }>;
}

/** Keeps count of what the application accepted, and compares it with what PostgreSQL then holds. */
export class AcceptedViews {
  readonly #accepted = new Map<string, number>();

  private constructor(
    private readonly databaseUrl: string,
    private readonly daoSlug: string,
    private readonly before: ReadonlyMap<string, number>,
  ) {}

  /** Starts from what PostgreSQL holds now. Nothing may be pending in Redis. */
  static async since(databaseUrl: string, daoSlug: string): Promise<AcceptedViews> {
    return new AcceptedViews(databaseUrl, daoSlug, await persistedViews(databaseUrl, daoSlug));
  }

  add(topicId: string): void {
    this.#accepted.set(topicId, (this.#accepted.get(topicId) ?? 0) + 1);
  }

  /** To be asked when nothing is being sent, and a sync has moved everything. */
  async compare(): Promise<Verdict> {
    const now = await persistedViews(this.databaseUrl, this.daoSlug);
    const verdict: Verdict = { persisted: 0, topics: 0, deviations: [] };
    for (const topicId of new Set([...now.keys(), ...this.#accepted.keys()])) {
      const persisted = (now.get(topicId) ?? 0) - (this.before.get(topicId) ?? 0);
      const accepted = this.#accepted.get(topicId) ?? 0;
      verdict.persisted += persisted;
      if (persisted !== 0) verdict.topics += 1;
      if (persisted !== accepted) verdict.deviations.push({ topicId, accepted, persisted });
    }
    return verdict;
  }
}

function persistedViews(databaseUrl: string, daoSlug: string): Promise<Map<string, number>> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ topicId: string; views: number }>(
      'SELECT "topicId", views FROM forum_topic_view_stats WHERE dao_slug = $1',
      [daoSlug],
    );
    return new Map(rows.map(({ topicId, views }) => [topicId, views]));
  });
}
