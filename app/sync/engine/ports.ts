/**
 * What the sync engine needs of Redis and of PostgreSQL. Each method is one atomic step: one script or
 * one statement. All of them may be repeated, and all of them throw `DependencyError` when the store
 * is away, in which case the step may or may not have happened.
 */

/** One entry of a batch as Redis holds it. */
export interface BatchMember {
  /** The raw member; a Buffer when it is not valid UTF-8. */
  member: string | Buffer;
  /** The score; NaN or a fraction when something else than the count script wrote it. */
  views: number;
}

export interface OpenedBatch {
  kind: "opened" | "adopted";
  id: number;
  /** Targets in the batch. */
  size: number;
  /** Parked views came along, so a success ends their targets' being parked. */
  withParked: boolean;
  /** A value of a wrong type was moved aside from the overlay or from parked. */
  quarantined: boolean;
}

export type OpenResult =
  | OpenedBatch
  | { kind: "empty"; quarantined: boolean }
  /** Redis knows no batch id at all: it is new, or was wiped. */
  | { kind: "unopened" }
  /** Redis has lost a claim that it acknowledged. */
  | { kind: "regressed"; lastBatch: number }
  /** A younger run, or a batch that this run did not open, is in the way. */
  | { kind: "superseded" };

export interface ReturnedMember {
  member: string | Buffer;
  destination: "overlay" | "parked";
  /** The name it goes under, where that is not its own. */
  renamed?: string | undefined;
}

/** The high-water marks and sums that PostgreSQL keeps for a DAO. */
export interface BooksInDatabase {
  applied: number;
  discarded: number;
  lastBatch: number;
  /** Views applied under `lastBatch`. */
  batchApplied: number;
}

export interface BatchStore {
  /**
   * Adopts the batch that is open; with `claim`, else opens one of the whole overlay. A batch of a younger
   * run is taken only by `force`.
   */
  open(
    run: string,
    highWater: number,
    mode: "adopt" | "claim",
    force?: "force",
  ): Promise<OpenResult>;
  /** Adds chosen targets (at most 1,000) to a batch of this run's own, with `parked` their parked views too. */
  claimChosen(
    run: string,
    highWater: number,
    from: "overlay" | "parked",
    targets: string[],
  ): Promise<OpenResult>;
  /** `count` members by rank, after skipping `offset`. */
  read(batch: number, offset: number, count: number): Promise<BatchMember[]>;
  /** False when the run does not own the batch; then nothing has changed. */
  settleApplied(run: string, batch: number, members: Array<string | Buffer>): Promise<boolean>;
  settleFailed(run: string, batch: number, members: ReturnedMember[]): Promise<boolean>;
  /** Whether the batch was empty and is closed. */
  close(run: string, batch: number): Promise<boolean>;
  /**
   * Takes what both stores hold now as accepted; for a Redis that is new, was wiped or went back. False
   * when Redis knows another last batch id by now than the one that the caller saw.
   */
  reopenBooks(books: BooksInDatabase, seenLastBatch: number | undefined): Promise<boolean>;
}

export type RunTrigger = "cron" | "flush" | "retry";
export type EndStatus = "succeeded" | "partial" | "failed" | "interrupted" | "empty";

export interface NewRun {
  trigger: RunTrigger;
  actor: string;
  /** Chosen targets; empty for everything pending. */
  targets: string[];
  leaseSeconds: number;
  /** Runs that this process has ended but could not mark as ended. */
  abandoned: string[];
}

export type BeginResult =
  { kind: "started"; run: string; takenOver: string[] } | { kind: "busy"; run: string };

export interface ChunkEntry {
  target: string;
  topicId: string;
  views: number;
}

export interface FailedEntry {
  /** Printable name of the target. */
  target: string;
  /** Set when the target is well-formed and may have been applied before. */
  topicId: string | undefined;
  views: number | undefined;
  error: string;
}

export interface RunCounters {
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
  /** Read right before every claim: an id must be above all that PostgreSQL has seen by then. */
  books(): Promise<BooksInDatabase>;
  /** Notes a claimed batch: adds to the run's total and, for an adopted batch, to `recovered`. */
  recordBatch(run: string, batch: OpenedBatch): Promise<Fenced<object>>;
  /** Applies a chunk and everything that follows from it. `applied` counts targets not applied before. */
  applyChunk(
    run: string,
    batch: { id: number; withParked: boolean },
    entries: ChunkEntry[],
  ): Promise<Fenced<{ applied: number }>>;
  /**
   * Records final failures, leaving out what already carries the batch id. Answers with the targets
   * that did fail, and whether each is parked now.
   */
  recordFailures(
    run: string,
    batch: number,
    entries: FailedEntry[],
    parkAfter: number,
  ): Promise<Fenced<{ failed: Map<string, { parked: boolean }> }>>;
  /** Takes targets out of the total that the run puts off to its next batch. */
  deferTargets(run: string, count: number): Promise<Fenced<object>>;
  /** Keeps the lease while nothing commits. */
  heartbeat(run: string): Promise<Fenced<object>>;
  /**
   * Notes that the books were opened anew; with a warning, that Redis was wiped: nothing is failing or
   * parked any more.
   */
  booksReopened(run: string, wipeWarning: string | undefined): Promise<Fenced<object>>;
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
