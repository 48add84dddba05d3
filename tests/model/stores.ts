/**
 * What the two stores hold, and what each script (Redis) and each statement (PostgreSQL) of the
 * flush protocol does to them in one atomic step. Who sends what, and when, is in `run.ts` and
 * `protocol.ts`.
 *
 * Two topics and chunks of one target are enough: a statement treats every target by itself, and
 * what targets share (the batch's id, its mark, its closing) shows with two.
 */

/** Each guard is one sentence of the protocol. The tests take them away, one at a time. */
export const guards = {
  /** A viewer's mark is set in the script that counts, so a count sent again adds nothing. */
  countsOnce: true,
  /** A take-over marks the old run `interrupted` before the new run touches Redis. */
  oneRunning: true,
  /** Views of a run that is no longer `running` are not applied. */
  fenceOfApply: true,
  /** Failures of a run that is no longer `running` are not recorded. */
  fenceOfFail: true,
  /** A topic's row takes a batch only if the row's batch id is lower. */
  rowGuard: true,
  /** A topic's row takes nothing of a batch that its failing row carries. */
  applyNotFailed: true,
  /** A failing row takes nothing of a batch that the topic's row carries. */
  failNotApplied: true,
  /** A failing row takes a batch only if its own batch id is lower. */
  failOnce: true,
  /** A statement without an answer is not a failed one. */
  unknownIsNotFailed: true,
  /** A statement without an answer is not a done one: the run ends, and its batch stays open. */
  unknownIsNotDone: true,
  /** An older name of a topic has its own guard: the batch id in the topic's row says nothing about it. */
  failsByOwnName: true,
  /** Discarding leaves the failing row with 0 views: a tombstone that still carries its batch. */
  tombstoneAfterDiscard: true,
  /** Retrying leaves a tombstone, too. */
  tombstoneAfterRetry: true,
  /** A tombstone is swept only when PostgreSQL has seen a later batch, so that its own is closed. */
  sweepsBehindBatches: true,
  /** Nothing is added to a batch after it was claimed. */
  batchNeverGrows: true,
  /** A batch id is above every id that Redis has given out. */
  idAboveLastBatch: true,
  /** A run reads the high-water mark before each batch that it opens, and not only when it begins. */
  highWaterReadBeforeOpen: true,
  /** `lastBatch` exists, as 0, before the first batch. Missing means wiped, and nothing else. */
  startsWithZero: true,
  /** No batch is opened or adopted while Redis knows of fewer batches than PostgreSQL has seen. */
  refusesRegression: true,
  /** Closing names its batch, and drops no other. */
  closesNamedBatch: true,
  /** The mark moves over a window of ranks only when all of it was taken. */
  markAfterWholeWindow: true,
  /** Moving the mark names its batch, and changes nothing once PostgreSQL has seen a later one. */
  markNamesBatch: true,
  /** The first views taken of a batch set the mark back to 0. */
  markStartsAtZero: true,
  /** A run that adopts a batch begins at the mark only if it is the mark of this batch. */
  adoptsMarkOfBatch: true,
  /** A run reads the books after Redis has said that they have to be opened again. */
  reopensOnFreshBooks: true,
  /** The run does so only while it is `running`, so that no other run changes the books meanwhile. */
  reopensWhileRunning: true,
  /** Reopening changes nothing if `lastBatch` is not what the run has seen. */
  reopensOnlyAsSeen: true,
  /** Reopening drops an open batch if PostgreSQL has seen a later one: all of it was taken. */
  dropsBatchBelowHighWater: true,
  /** Reopening brings `lastBatch` up to the high-water mark and to the batch that is open. */
  reopensAboveAll: true,
  /** A reader adds the batch's share only if the topic's row does not carry that batch yet. */
  readerComparesRow: true,
  /** A reader adds the batch's share only if the failing row does not carry that batch, either. */
  readerComparesFailing: true,
  /** A reader starts again if PostgreSQL has seen a batch that was opened after its look at Redis. */
  readerReadsAgain: true,
  /** A reader reads both rows in one statement. */
  readerReadsRowsTogether: true,
  /** A cleanup removes a row only if PostgreSQL has seen a later batch, so that the row's own is closed. */
  removesBehindBatches: true,
};
export type Guards = typeof guards;

export type Topic = "A" | "B";
/** What views are counted under. An older version of the product counts topic A as `oldA`. */
export type Target = Topic | "oldA";
export type Views = Record<Target, number>;
export const topics: Topic[] = ["A", "B"];
/** In the order of their ranks in a batch. */
export const targets: Target[] = ["A", "B", "oldA"];
export const topicOf = (target: Target): Topic => (target === "oldA" ? "A" : target);
export const noViews = (): Views => ({ A: 0, B: 0, oldA: 0 });
/** Without views under the older name, of which Redis has no sum. */
export const total = (views: Views): number => views.A + views.B;
export const isEmpty = (views: Views): boolean => total(views) + views.oldA === 0;

export interface Redis {
  overlay: Views;
  batch: { id: number; views: Views } | null;
  /** The highest batch id given out. `null` if the key is missing. */
  lastBatch: number | null;
  accepted: number;
}

export interface Row {
  views: number;
  batchId: number;
}

export interface Books {
  applied: number;
  /** Includes what was taken off a topic. The audit log says which topics. */
  discarded: Record<Topic, number>;
  /** Views under an older name, which Redis did not count as accepted. */
  adopted: number;
  /**
   * The high-water mark; and of that batch, how many views were taken, and the rank before which all were.
   */
  lastBatch: number;
  taken: number;
  mark: number;
}

interface Postgres {
  rows: Record<Topic, Row>;
  /** `failed_targets`. A row with 0 views is a tombstone. */
  failing: Record<Target, Row | null>;
  /** Views of rows that a cleanup removed. */
  removed: Record<Topic, number>;
  books: Books;
  /** The runs whose row says `running`. Those that were interrupted or have ended are not here. */
  running: number[];
}

export interface Stores {
  redis: Redis;
  postgres: Postgres;
}

/** A command holds all that its sender knew. A late copy acts on that old knowledge. */
export type Command =
  | { kind: "open"; highWater: number }
  | ({ kind: "reopen"; seen: number | null; dropsOverlay: boolean } & Known)
  | (Take & { kind: "apply" | "fail" })
  | { kind: "mark"; batchId: number; ranks: number }
  | { kind: "close"; batchId: number }
  | { kind: "finish"; run: number };

/** What a run has read in the books: what PostgreSQL accounts for, less what it adopted. */
export interface Known {
  highWater: number;
  taken: number;
  accounted: number;
}

interface Take {
  run: number;
  batchId: number;
  target: Target;
  views: number;
  /**
   * Whether the other table carried the batch when the statement started. PostgreSQL shows a
   * statement the other tables as they were then; only its own row is checked again at the end.
   */
  carried: boolean;
}

export type Reply =
  | { outcome: "done" | "empty" | "unopened" | "refused" }
  | { outcome: "regressed"; lastBatch: number }
  | { outcome: "opened"; id: number; views: Views; adopted: boolean };

const done: Reply = { outcome: "done" };
const refused: Reply = { outcome: "refused" };

/** Redis: counts a viewer, whose mark may be there already. */
export function count({ redis }: Stores, target: Target, seen: boolean, on: Guards): void {
  if (on.countsOnce && seen) return;
  redis.overlay[target] += 1;
  if (target !== "oldA") redis.accepted += 1;
}

/** PostgreSQL: inserts the run as `running`. */
export function begin({ postgres }: Stores, run: number, on: Guards): void {
  if (on.oneRunning) postgres.running = [];
  postgres.running.push(run);
}

export function perform(stores: Stores, command: Command, on: Guards): Reply {
  const { redis, postgres } = stores;
  const { books } = postgres;
  switch (command.kind) {
    case "open":
      return open(redis, command.highWater, on);
    case "reopen":
      return reopen(redis, command, on);
    case "apply": {
      if (on.fenceOfApply && !postgres.running.includes(command.run)) return refused;
      raise(books, command.batchId, on);
      const row = postgres.rows[topicOf(command.target)];
      if ((on.applyNotFailed && command.carried) || (on.rowGuard && row.batchId >= command.batchId))
        return done;
      row.views += command.views;
      row.batchId = command.batchId;
      books.applied += command.views;
      books.taken += command.views;
      return done;
    }
    case "fail": {
      if (on.fenceOfFail && !postgres.running.includes(command.run)) return refused;
      raise(books, command.batchId, on);
      const row = (postgres.failing[command.target] ??= { views: 0, batchId: 0 });
      if ((on.failNotApplied && command.carried) || (on.failOnce && row.batchId >= command.batchId))
        return done;
      row.views += command.views;
      row.batchId = command.batchId;
      books[command.target === "oldA" ? "adopted" : "taken"] += command.views;
      return done;
    }
    case "mark":
      if (!on.markNamesBatch || books.lastBatch === command.batchId) books.mark = command.ranks;
      return done;
    case "close":
      if (!on.closesNamedBatch || redis.batch?.id === command.batchId) redis.batch = null;
      return done;
    case "finish":
      postgres.running = postgres.running.filter((run) => run !== command.run);
      return done;
  }
}

function raise(books: Books, batchId: number, on: Guards): void {
  if (batchId <= books.lastBatch) return;
  books.lastBatch = batchId;
  books.taken = 0;
  if (on.markStartsAtZero) books.mark = 0;
}

function open(redis: Redis, highWater: number, on: Guards): Reply {
  const { batch, overlay, lastBatch } = redis;
  if (lastBatch === null) return { outcome: "unopened" };
  if (on.refusesRegression && lastBatch < highWater) return { outcome: "regressed", lastBatch };
  if (batch) {
    if (!on.batchNeverGrows) move(overlay, batch.views);
    return { outcome: "opened", id: batch.id, views: { ...batch.views }, adopted: true };
  }
  if (isEmpty(overlay)) return { outcome: "empty" };
  const id = (on.idAboveLastBatch ? lastBatch : highWater) + 1;
  redis.batch = { id, views: overlay };
  redis.overlay = noViews();
  redis.lastBatch = id;
  return { outcome: "opened", id, views: { ...overlay }, adopted: false };
}

function reopen(redis: Redis, command: Command & { kind: "reopen" }, on: Guards): Reply {
  const { seen, highWater, taken, accounted, dropsOverlay } = command;
  if (on.reopensOnlyAsSeen && redis.lastBatch !== seen) return refused;
  if (redis.batch && redis.batch.id < highWater && on.dropsBatchBelowHighWater) redis.batch = null;
  if (dropsOverlay) redis.overlay = noViews();
  const { batch, overlay, lastBatch } = redis;
  redis.accepted = accounted + total(overlay) + untaken(batch, highWater, taken);
  const least = on.reopensAboveAll ? Math.max(highWater, batch?.id ?? 0) : 0;
  redis.lastBatch = Math.max(lastBatch ?? 0, least);
  return done;
}

/** How many views of the open batch PostgreSQL has not taken, according to the books. */
export function untaken(batch: Redis["batch"], highWater: number, taken: number): number {
  return batch ? total(batch.views) - (batch.id === highWater ? taken : 0) : 0;
}

function move(from: Views, to: Views): void {
  for (const target of targets) {
    to[target] += from[target];
    from[target] = 0;
  }
}
