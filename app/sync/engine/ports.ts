/**
 * What the sync engine needs of Redis and of PostgreSQL. Each method is one atomic step: one script or
 * one statement. All of them may be repeated, and all of them throw `DependencyError` when the store
 * is away, in which case the step may or may not have happened.
 */

import type { StatementLimit } from "~/platform/limited-statement.server";

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

export type OpenResult =
  | OpenedBatch
  | { kind: "empty"; quarantined: boolean }
  /** Redis knows no batch id at all: it is new, or was wiped. */
  | { kind: "unopened" }
  /** Redis has lost a batch that it acknowledged. */
  | { kind: "regressed"; lastBatch: number };

/** The books of a DAO in PostgreSQL. All numbers are views unless they say otherwise. */
export interface BooksInDatabase {
  applied: number;
  discarded: number;
  /** Kept in `failed_targets`, under names that a topic can have. */
  kept: number;
  /** Counted under an older name, and not included in what Redis has accepted. */
  adopted: number;
  /** The highest batch id that PostgreSQL has seen. */
  lastBatch: number;
  /** Views taken of that batch so far. */
  batchTaken: number;
}

export interface BatchStore {
  /** Adopts the batch that is open, else opens one of the whole overlay. */
  open(highWater: number): Promise<OpenResult>;
  /**
   * `count` members of the open batch by rank, after skipping `offset`; none where `batch` is not the open
   * one. A batch never changes, so ranks are stable.
   */
  read(batch: number, offset: number, count: number): Promise<BatchMember[]>;
  /** Drops the batch if it is still the open one, and returns whether it was. */
  close(batch: number): Promise<boolean>;
  /**
   * Takes everything that is in both stores now as accepted; for a Redis that is new, was wiped or went back.
   * With `dropOverlay` it forgets the overlay. Returns the views that it forgot; undefined, with nothing
   * changed, when Redis knows another last batch id by now than the one that the caller saw.
   */
  reopenBooks(
    books: BooksInDatabase,
    seenLastBatch: number | undefined,
    options: { dropOverlay: boolean },
  ): Promise<number | undefined>;
}

/** `cron` and `flush` (an admin) sync everything; `retry` moves chosen views within PostgreSQL, beside any sync. */
export type RunTrigger = "cron" | "flush" | "retry";
export type EndStatus = "succeeded" | "partial" | "failed" | "interrupted" | "empty";

export interface NewRun {
  trigger: RunTrigger;
  /** `cron`, or the e-mail address of the user who asked, whom the audit log names. */
  actor: string;
  /** The targets of a retry; empty for a sync. */
  targets: string[];
  leaseSeconds: number;
  /** Runs that this process has ended but could not mark as ended. */
  abandoned: string[];
}

export type BeginResult =
  { kind: "started"; run: string; takenOver: string[] } | { kind: "busy"; run: string };

export interface ChunkEntry {
  /** Its printable name. */
  target: string;
  topicId: string;
  views: number;
}

export interface FailedEntry {
  /** Printable name of the target. */
  target: string;
  /** Null for a name that no topic can have. */
  topicId: string | null;
  views: number;
  error: string;
}

/** A target and why PostgreSQL refused it. */
export interface TargetError {
  target: string;
  error: string;
}

export interface RunCounters {
  /** Targets: each that a batch brought, and each failing one that was tried again. */
  total: number;
  flushed: number;
  failed: number;
  viewsFlushed: number;
  recovered: number;
}

/** `fenced` is false when the run is no longer `running`; then the statement has changed nothing. */
export type Fenced<T> = { fenced: false } | ({ fenced: true } & T);

export interface SyncLedger {
  begin(run: NewRun): Promise<BeginResult>;
  /** The highest batch id that PostgreSQL has seen, read right before every open. */
  highWaterMark(): Promise<number>;
  /**
   * Notes a batch in the run: adds to its total and, for an adopted batch, to `recovered`. Returns the rank
   * before which every member is taken.
   */
  recordBatch(run: string, batch: OpenedBatch): Promise<Fenced<{ offset: number }>>;
  /**
   * The entries of an adopted batch that are not taken yet; the others are subtracted from the run's counts.
   * This only saves work: what is taken stays as it is when it is applied again.
   */
  leaveOutTaken(
    run: string,
    batch: number,
    entries: ChunkEntry[],
  ): Promise<Fenced<{ left: ChunkEntry[] }>>;
  /**
   * Adds the views of a chunk to their topics, unless the batch has been taken, and updates all that depends
   * on it.
   */
  applyChunk(
    run: string,
    batch: number,
    entries: ChunkEntry[],
    limit?: StatementLimit,
  ): Promise<Fenced<object>>;
  /**
   * Keeps what PostgreSQL cannot add to topics, unless it was taken of this batch already. Returns the
   * targets that this statement has made fail, without those that are only kept under an older name.
   */
  recordFailures(
    run: string,
    batch: number,
    entries: FailedEntry[],
  ): Promise<Fenced<{ failed: Set<string> }>>;
  /** Notes that every member before this rank is taken, so that a later run goes on there. */
  moveOffset(run: string, batch: number, offset: number): Promise<Fenced<object>>;
  /** Names of failing targets after `after`, in order: those with fewer than `parkAfter` failures. */
  failingTargets(after: string, count: number, parkAfter: number): Promise<string[]>;
  /** Moves the kept views of these targets to their topics. It needs no fence. */
  retryTargets(run: string, targets: string[], limit?: StatementLimit): Promise<void>;
  /** Notes that PostgreSQL has refused them again. Leaves out those whose views have gone meanwhile. */
  recordRetryFailures(run: string, errors: TargetError[]): Promise<void>;
  /** Keeps the lease while nothing commits. */
  heartbeat(run: string): Promise<Fenced<object>>;
  /** Which admin wants the run to end after its current chunk; undefined when nobody does. */
  stopRequestedBy(run: string): Promise<string | undefined>;
  /** The books, from which those in Redis are opened anew; notes a warning in the run if Redis was wiped. */
  reopenBooks(
    run: string,
    wipeWarning: string | undefined,
  ): Promise<Fenced<{ books: BooksInDatabase }>>;
  /** Ends the run. Also deletes failing targets without views, once no open batch can bring them again. */
  finish(
    run: string,
    end: {
      status: EndStatus | "by-counters";
      error?: string | undefined;
      warning?: string | undefined;
    },
  ): Promise<Fenced<{ counters: RunCounters; status: EndStatus }>>;
}

export interface Clock {
  /** Milliseconds; only differences count. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}
