import { isUtf8 } from "node:buffer";
import { onRedis } from "~/platform/dependency-error.server";
import type { RedisArgument, RedisClient } from "~/platform/redis-script.server";
import type { ViewKeys } from "./view-keys";
import {
  claimChosen,
  closeBatch,
  openBatch,
  reopenBooks,
  settleApplied,
  settleFailed,
} from "./batch-scripts";
import type {
  BatchMember,
  BatchStore,
  BooksInDatabase,
  OpenResult,
  ReturnedMember,
} from "~/sync/engine/ports";

/** Members a settling script handles in one call: more would hold up everybody else's commands. */
const APPLIED_STEP = 500;
const FAILED_STEP = 300;

function* steps<T>(items: T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** A member as text, or as it is where it is none. */
export function asText(bytes: Buffer): string | Buffer {
  return isUtf8(bytes) ? bytes.toString("utf8") : bytes;
}

/** The batch in Redis, through the scripts of `batch-scripts.ts`. */
export class RedisBatchStore implements BatchStore {
  readonly #redis: RedisClient;
  readonly #keys: ViewKeys;

  constructor(dependencies: { redis: RedisClient; keys: ViewKeys }) {
    this.#redis = dependencies.redis;
    this.#keys = dependencies.keys;
  }

  get #scriptKeys(): string[] {
    const { overlay, batch, lastBatch, totals, parked, accepted } = this.#keys;
    return [overlay, batch, lastBatch, totals, parked, accepted];
  }

  /**
   * With the batch's members, whose key the scripts know from their arguments: while a cluster moves our slot, it
   * refuses a script with a key that has gone already, and would run it as if there were no members.
   */
  #batchKeys(batch: number): string[] {
    return [...this.#scriptKeys, this.#keys.batchMembers(batch)];
  }

  async open(
    run: string,
    highWater: number,
    mode: "adopt" | "claim",
    force?: "force",
  ): Promise<OpenResult> {
    const { batchMembersPrefix, quarantine } = this.#keys;
    const [kind, id, size, chosen, quarantined] = await openBatch.run(
      this.#redis,
      this.#scriptKeys,
      [run, highWater, batchMembersPrefix, quarantine, mode, force ?? ""],
    );
    const moved = quarantined === "1";
    if (kind === "empty") return { kind, quarantined: moved };
    if (kind !== "opened" && kind !== "adopted") return refusal(kind, id);
    const withParked = chosen === "parked";
    return { kind, id: Number(id), size: Number(size), withParked, quarantined: moved };
  }

  async claimChosen(
    run: string,
    highWater: number,
    from: "overlay" | "parked",
    targets: string[],
  ): Promise<OpenResult> {
    const [kind, id, size] = await claimChosen.run(this.#redis, this.#scriptKeys, [
      run,
      highWater,
      this.#keys.batchMembersPrefix,
      from,
      ...targets,
    ]);
    if (kind !== "opened") return refusal(kind, id);
    const withParked = from === "parked";
    return { kind, id: Number(id), size: Number(size), withParked, quarantined: false };
  }

  async read(batch: number, offset: number, count: number): Promise<BatchMember[]> {
    const key = this.#keys.batchMembers(batch);
    const last = offset + count - 1;
    const texts = await onRedis(() =>
      this.#redis.zrange(key, String(offset), String(last), "WITHSCORES"),
    );
    // Bytes take far more memory than text, so they are asked for only where something was no text.
    const flat = texts.some((text) => text.includes("\uFFFD"))
      ? ((await onRedis(() =>
          this.#redis.callBuffer("ZRANGE", key, offset, last, "WITHSCORES"),
        )) as Buffer[])
      : texts;
    const members: BatchMember[] = [];
    for (let index = 0; index < flat.length; index += 2) {
      const member = flat[index]!;
      members.push({
        member: typeof member === "string" ? member : asText(member),
        views: Number(String(flat[index + 1])),
      });
    }
    return members;
  }

  async settleApplied(
    run: string,
    batch: number,
    members: Array<string | Buffer>,
  ): Promise<boolean> {
    for (const step of steps(members, APPLIED_STEP)) {
      const removed = await settleApplied.run(
        this.#redis,
        this.#batchKeys(batch),
        this.#ownerArguments(run, batch, step),
      );
      if (removed < 0) return false;
    }
    return true;
  }

  async settleFailed(run: string, batch: number, members: ReturnedMember[]): Promise<boolean> {
    for (const step of steps(members, FAILED_STEP)) {
      const triples = step.flatMap(({ member, destination, renamed }) => [
        member,
        destination,
        renamed ?? member,
      ]);
      const moved = await settleFailed.run(
        this.#redis,
        this.#batchKeys(batch),
        this.#ownerArguments(run, batch, triples),
      );
      if (moved < 0) return false;
    }
    return true;
  }

  async close(run: string, batch: number): Promise<boolean> {
    const closed = await closeBatch.run(
      this.#redis,
      this.#batchKeys(batch),
      this.#ownerArguments(run, batch, []),
    );
    return closed === 1;
  }

  async reopenBooks(books: BooksInDatabase, seen: number | undefined): Promise<boolean> {
    const opened = await reopenBooks.run(this.#redis, this.#scriptKeys, [
      books.lastBatch,
      books.applied,
      books.discarded,
      books.batchApplied,
      seen ?? "",
    ]);
    return opened === 1;
  }

  #ownerArguments(run: string, batch: number, rest: RedisArgument[]): RedisArgument[] {
    return [run, batch, this.#keys.batchMembersPrefix, ...rest];
  }
}

function refusal(kind: string, lastBatch: string | number | null | undefined): OpenResult {
  if (kind === "unopened") return { kind };
  if (kind === "regressed") return { kind, lastBatch: Number(lastBatch) };
  return { kind: "superseded" };
}
