import { setTimeout as pause } from "node:timers/promises";
import { Actors, type Forum } from "./actors";

const READERS = 2;
const TOPICS_A_READ = 30;
const ANSWER_TIMEOUT_MS = 5_000;
/** Milliseconds between two reads of a reader. */
const PAUSE_MS = 30;

interface TopicViews {
  topicId: string;
  uniqueViews: number;
  baseViews: number;
  degraded?: boolean;
}

/**
 * Readers over HTTP, who check each answer: a count never goes back, includes every view that was answered as
 * counted before, and is never more than was sent; what is persisted never goes back either.
 */
export class Readers {
  readonly problems: string[] = [];
  /** Counts that were checked. */
  checked = 0;
  /** Reads that were answered with 503 or not at all. */
  unanswered = 0;
  readonly #unique = new Map<string, number>();
  readonly #base = new Map<string, number>();
  #age = 0;
  readonly #readers = new Actors(READERS, async () => {
    await this.#read();
    await pause(PAUSE_MS);
  });

  constructor(private readonly forum: Forum) {}

  start(): void {
    this.#readers.start();
  }

  stop(): Promise<void> {
    return this.#readers.stop();
  }

  /** For faults that lose views: counts start again, and earlier reads mean nothing any more. */
  forget(): void {
    this.#age += 1;
    this.#unique.clear();
  }

  async #read(): Promise<void> {
    const age = this.#age;
    const isSingle = this.forum.random.chance(0.2);
    const topicIds = Array.from({ length: isSingle ? 1 : TOPICS_A_READ }, () =>
      this.forum.random.pick(this.forum.topics),
    );
    const before = new Map(
      topicIds.map((topicId) => [
        topicId,
        {
          unique: Math.max(this.#unique.get(topicId) ?? 0, this.forum.log.least(topicId)),
          base: this.#base.get(topicId) ?? 0,
        },
      ]),
    );
    for (const views of await this.#ask(topicIds, isSingle)) {
      if (age !== this.#age) return;
      const known = before.get(views.topicId);
      if (known) this.#check(views, known);
    }
  }

  #check(
    { topicId, uniqueViews, baseViews, degraded }: TopicViews,
    known: { unique: number; base: number },
  ): void {
    this.checked += 1;
    const sent = this.forum.log.sent(topicId);
    const said = `A reader got ${uniqueViews} views (${baseViews} persisted) of ${topicId}`;
    if (baseViews < known.base) this.problems.push(`${said}, after ${known.base} persisted`);
    if (uniqueViews > sent) this.problems.push(`${said}, of ${sent} sent`);
    this.#base.set(topicId, Math.max(baseViews, this.#base.get(topicId) ?? 0));
    // Without Redis the answer has the persisted count only, and says so.
    if (degraded) return;
    if (uniqueViews < known.unique) this.problems.push(`${said}, after ${known.unique} before`);
    this.#unique.set(topicId, Math.max(uniqueViews, this.#unique.get(topicId) ?? 0));
  }

  async #ask(topicIds: string[], isSingle: boolean): Promise<TopicViews[]> {
    const path = isSingle
      ? `topics/${topicIds[0]}/views`
      : `views?topicIds=${[...new Set(topicIds)].join(",")}`;
    try {
      const response = await fetch(`${this.forum.origin()}/api/v1/forum/${path}`, {
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      const body = await response.text();
      if (response.status === 503) {
        this.unanswered += 1;
        return [];
      }
      if (!response.ok) {
        this.problems.push(`A read: ${response.status} ${body}`);
        return [];
      }
      const answer = JSON.parse(body) as TopicViews | { topics: TopicViews[] };
      return "topics" in answer ? answer.topics : [answer];
    } catch {
      this.unanswered += 1;
      return [];
    }
  }
}
