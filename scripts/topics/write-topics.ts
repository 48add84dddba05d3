import type { TopicDirectory, UpsertCounts } from "../../app/stats/directory.server";
import { fieldProblems } from "../../app/lib/field-problems";
import { topicEntrySchema, type TopicEntry } from "../../app/stats/topic-entry";

/** Some topics of a source, and what to call each of them in a message. */
export interface SourcePage {
  topics: Array<Record<keyof TopicEntry, unknown>>;
  nameOf: (index: number) => string;
}

export interface Imported extends UpsertCounts {
  /** Topics that were skipped, and why. */
  problems: string[];
}

/** Rows that one statement writes. */
const STEP = 1_000;

/**
 * Writes what a source says into the directory, page by page: a page that is written stays, even if the next
 * one fails. `imported` is updated after each page.
 */
export async function importTopics(
  directory: Pick<TopicDirectory, "upsert">,
  pages: AsyncIterable<SourcePage>,
  imported: Imported,
): Promise<void> {
  for await (const { topics, nameOf } of pages) {
    // If two entries have the same id, the later one wins.
    const entries = new Map<string, TopicEntry>();
    for (const [index, topic] of topics.entries()) {
      const parsed = topicEntrySchema.safeParse(topic);
      if (parsed.success) entries.set(parsed.data.topicId, parsed.data);
      else {
        const problems = fieldProblems(parsed.error);
        const text = problems.map(({ field, message }) => `${field} ${message}`).join(", ");
        imported.problems.push(`${nameOf(index)}: ${text}`);
      }
    }
    const all = [...entries.values()];
    for (let start = 0; start < all.length; start += STEP) {
      const counts = await directory.upsert(all.slice(start, start + STEP));
      imported.created += counts.created;
      imported.updated += counts.updated;
      imported.unchanged += counts.unchanged;
    }
  }
}
