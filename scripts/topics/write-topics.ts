import type { TopicDirectory, UpsertCounts } from "../../app/stats/directory.server";
import { fieldProblems } from "../../app/lib/field-problems";
import { topicEntrySchema, type TopicEntry } from "../../app/stats/topic-entry";

/** What a source says of some topics, and how to name each of them in a message. */
export interface SourcePage {
  topics: Array<Record<keyof TopicEntry, unknown>>;
  nameOf: (index: number) => string;
}

export interface Imported extends UpsertCounts {
  /** Topics that were left alone, and why. */
  problems: string[];
}

/** Rows that one statement writes. */
const STEP = 1_000;

/**
 * Brings what a source says into the directory, page by page: what is in stays in, whatever becomes of the next page.
 * `imported` grows meanwhile.
 */
export async function importTopics(
  directory: Pick<TopicDirectory, "upsert">,
  pages: AsyncIterable<SourcePage>,
  imported: Imported,
): Promise<void> {
  for await (const { topics, nameOf } of pages) {
    // Of two with the same id, the later one holds.
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
