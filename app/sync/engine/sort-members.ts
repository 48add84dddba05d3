import { createHash } from "node:crypto";
import { readTarget } from "../target";
import type { ChunkEntry, FailedEntry } from "../postgres/postgres-ledger.server";
import type { BatchMember } from "../redis/redis-batch-store.server";

/** The largest count that `forum_topic_view_stats.views`, a 32-bit integer, can store. */
const MOST_VIEWS = 2_147_483_647;
const LONGEST_LABEL = 200;

export interface SortedMembers {
  /** By topic id, in the order in which the table's index stores them. */
  applicable: ChunkEntry[];
  /** What cannot be added to a topic as it is, with the reason. */
  failing: FailedEntry[];
  /**
   * Names of those in `failing` that are only kept because they were counted under an older name of their
   * topic.
   */
  renamed: string[];
}

/**
 * A printable name for a member: itself, unless it has bytes that a log, a page or PostgreSQL's text
 * cannot show, or is very long. Then a shortened form with a digest, so that two never share a name.
 */
export function targetLabel(member: string | Buffer): string {
  const text = typeof member === "string" ? member : member.toString("latin1");
  const isPlain = typeof member === "string" && /^[\x20-\x7e]*$/.test(text);
  if (isPlain && text.length <= LONGEST_LABEL) return text;
  const digest = createHash("sha256").update(member).digest("hex").slice(0, 12);
  const printable = text.replace(/[^\x20-\x7e]/g, "\u00b7").slice(0, LONGEST_LABEL);
  return `${printable}\u2026#${digest}`;
}

/** Separates what can be applied from what cannot, before the database is asked. */
export function sortMembers(members: BatchMember[]): SortedMembers {
  const sorted: SortedMembers = { applicable: [], failing: [], renamed: [] };
  for (const { member, views: score } of members) {
    const target = targetLabel(member);
    const views = countedViews(score);
    const reading = typeof member === "string" ? readTarget(member) : readTarget("");
    if (reading.kind === "malformed") {
      sorted.failing.push({ target, topicId: null, views, error: reading.reason });
      continue;
    }
    const { topicId } = reading;
    if (views === 0) {
      sorted.failing.push({ target, topicId, views, error: "Invalid view count" });
    } else if (reading.kind === "alias") {
      // It is kept under its own name, apart from the topic's own views, which may be in the same batch.
      sorted.renamed.push(target);
      sorted.failing.push({ target, topicId, views, error: "Counted under an older name" });
    } else if (views > MOST_VIEWS) {
      const error = "View count exceeds the largest that a topic can have";
      sorted.failing.push({ target, topicId, views, error });
    } else {
      sorted.applicable.push({ target, topicId, views });
    }
  }
  sorted.applicable.sort((a, b) => (a.topicId < b.topicId ? -1 : 1));
  return sorted;
}

/** As the books count them: a score that the count script cannot have written counts as no views. */
export function countedViews(score: number): number {
  const views = Math.floor(score);
  return views >= 1 && Number.isSafeInteger(views) ? views : 0;
}
