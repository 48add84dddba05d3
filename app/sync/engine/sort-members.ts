import { createHash } from "node:crypto";
import { readTarget } from "~/sync/target";
import type { BatchMember, ChunkEntry, FailedEntry } from "./ports";

/** The largest count that `forum_topic_view_stats.views`, a 32-bit integer, can hold. */
const MOST_VIEWS = 2_147_483_647;
const LONGEST_LABEL = 200;

export interface SortedMembers {
  /** By topic id, in the order in which the table's index stores them. */
  applicable: ChunkEntry[];
  /** Written under the older type name: to be counted under their own name by the next batch. */
  aliases: Array<{ member: string; canonical: string }>;
  /** Can never be stored; `member` is the raw one, as Redis needs it back. */
  malformed: Array<{ member: string | Buffer; failure: FailedEntry }>;
}

/**
 * A printable name for a member: itself, unless it holds bytes that a log, a page or PostgreSQL's text
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

/** Tells what can be applied from what cannot, before the database is asked. */
export function sortMembers(members: BatchMember[]): SortedMembers {
  const sorted: SortedMembers = { applicable: [], aliases: [], malformed: [] };
  for (const { member, views } of members) {
    const target = targetLabel(member);
    const reading =
      typeof member === "string"
        ? readTarget(member)
        : { kind: "malformed" as const, reason: "Invalid topic ID" };
    const problem = reading.kind === "malformed" ? reading.reason : viewsProblem(views);
    if (problem !== undefined || reading.kind === "malformed" || typeof member !== "string") {
      const topicId = reading.kind === "topic" ? reading.topicId : undefined;
      const recorded = Number.isSafeInteger(views) ? views : undefined;
      const error = problem ?? "Invalid topic ID";
      sorted.malformed.push({ member, failure: { target, topicId, views: recorded, error } });
    } else if (reading.kind === "alias") {
      sorted.aliases.push({ member, canonical: reading.canonical });
    } else {
      sorted.applicable.push({ target, topicId: reading.topicId, views });
    }
  }
  sorted.applicable.sort((a, b) => (a.topicId < b.topicId ? -1 : 1));
  return sorted;
}

function viewsProblem(views: number): string | undefined {
  if (!Number.isSafeInteger(views) || views <= 0) return "Invalid view count";
  if (views > MOST_VIEWS) return "View count exceeds the largest that a topic can have";
  return undefined;
}
