import { isUtf8 } from "node:buffer";
import { runTransaction, type RedisClient } from "~/platform/redis-script.server";
import type { BooksInDatabase } from "../postgres/postgres-ledger.server";
import { closeBatch, openBatch, reopenBooks } from "./batch-scripts";
import type { ViewKeys } from "./view-keys";

/** One entry of a batch as it is in Redis. */
export interface BatchMember {
  /** The raw member; a Buffer when it is not valid UTF-8. */
  member: string | Buffer;
  /** The score. NaN or a fraction when it was not written by the count script. */
  views: number;
}

export interface OpenedBatch {
  kind: "opened" | "adopted";
  id: number;
  /** Targets in the batch. */
  size: number;
  /** A value of a wrong type was found at the overlay's key and moved aside. */
  quarantined: boolean;
}

type OpenResult =
  | OpenedBatch
  | { kind: "empty"; quarantined: boolean }
  /** Redis knows no batch id at all: it is new, or was wiped. */
  | { kind: "unopened" }
  /** Redis has lost a batch that it acknowledged. */
  | { kind: "regressed"; lastBatch: number };

/**
 * The batch in Redis. Each method is one script of `batch-scripts.ts` or one transaction, and may be repeated.
 * It throws `DependencyError` when Redis is away, in which case the step may or may not have happened.
 */
export class RedisBatchStore {
  constructor(private readonly dependencies: { redis: RedisClient; keys: ViewKeys }) {}

  /** `oldBatch` is the id of an open batch of the version before, where there is one. */
  async open(highWater: number, oldBatch = "0"): Promise<OpenResult> {
    const { overlay, batch, batchMembers, lastBatch, totals, parked } = this.dependencies.keys;
    const quarantine = `${this.dependencies.keys.quarantine}:${Date.now()}`;
    const [kind, id, size, moved] = await openBatch.run(
      this.dependencies.redis,
      [
        ...[overlay, batch, batchMembers, lastBatch, totals, quarantine, parked],
        `${batch}:${oldBatch}`,
      ],
      [highWater, oldBatch],
    );
    const quarantined = moved === 1;
    switch (kind) {
      case "opened":
      case "adopted":
        return { kind, id: Number(id), size, quarantined };
      case "old":
        return this.open(highWater, id);
      case "regressed":
        return { kind, lastBatch: Number(id) };
      case "unopened":
        return { kind };
      default:
        return { kind: "empty", quarantined };
    }
  }

  /**
   * `count` members of the open batch by rank, after skipping `offset`; none where `id` is not the open one's.
   * A batch never changes, so ranks are stable.
   */
  async read(id: number, offset: number, count: number): Promise<BatchMember[]> {
    const { batch, batchMembers } = this.dependencies.keys;
    const [first, last] = [String(offset), String(offset + count - 1)];
    const page = async (isText: boolean) => {
      const open = this.dependencies.redis.multi().hget(batch, "id");
      const [openId, flat] = await runTransaction<[string | null, Array<string | Buffer>]>(
        isText
          ? open.zrange(batchMembers, first, last, "WITHSCORES")
          : open.zrangeBuffer(batchMembers, first, last, "WITHSCORES"),
      );
      return openId === String(id) ? flat : [];
    };
    const texts = await page(true);
    // Bytes take far more memory than text, so a page is read as bytes only if a member is not UTF-8.
    const flat = texts.some((text) => text.includes("\uFFFD")) ? await page(false) : texts;
    const members: BatchMember[] = [];
    for (let index = 0; index < flat.length; index += 2) {
      members.push({ member: asText(flat[index]!), views: Number(String(flat[index + 1])) });
    }
    return members;
  }

  /** Returns whether it was still the open one. */
  async close(batch: number): Promise<boolean> {
    const { batch: hash, batchMembers } = this.dependencies.keys;
    return (await closeBatch.run(this.dependencies.redis, [hash, batchMembers], [batch])) === 1;
  }

  /**
   * For a Redis that is new, was wiped or went back. Returns the views of the overlay that it forgot; undefined,
   * with nothing changed, when Redis knows another last batch id by now than the one that the caller saw.
   */
  async reopenBooks(
    books: BooksInDatabase,
    seenLastBatch: number | undefined,
    { dropOverlay }: { dropOverlay: boolean },
  ): Promise<number | undefined> {
    const { overlay, batch, batchMembers, lastBatch, totals, accepted } = this.dependencies.keys;
    const booked = books.applied + books.discarded + books.kept - books.adopted;
    const forgotten = await reopenBooks.run(
      this.dependencies.redis,
      [overlay, batch, batchMembers, lastBatch, totals, accepted],
      [books.lastBatch, booked, books.batchTaken, seenLastBatch ?? "", dropOverlay ? "1" : ""],
    );
    return forgotten < 0 ? undefined : forgotten;
  }
}

/** A member as text, or as bytes where it is not UTF-8. */
function asText(member: string | Buffer): string | Buffer {
  return typeof member !== "string" && isUtf8(member) ? member.toString("utf8") : member;
}
