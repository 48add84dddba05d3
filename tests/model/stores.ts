/**
 * What the two stores hold, and what each script (Redis) and each statement (PostgreSQL) of the
 * flush protocol does to them in one atomic step. Who sends what, and when, is in `run.ts` and
 * `protocol.ts`.
 *
 * Two targets and chunks of one target are enough: a statement and a script treat every target by
 * itself, and what targets share (the batch's id, its owner, its closing) shows with two.
 */

/** Each guard is one sentence of the protocol. The tests take them away, one at a time. */
export const guards = {
  /** A viewer's `seen` key is set in the script that counts, so a count sent again adds nothing. */
  countsOnce: true,
  /** A take-over marks the old run `interrupted` before the new run touches Redis. */
  oneRunning: true,
  /** A statement of a run that is no longer `running` changes nothing. */
  fence: true,
  /** A row takes a batch only if the row's batch id is lower. */
  rowGuard: true,
  /** A failure is final only if the row does not carry the batch: it may be applied already. */
  failureCheck: true,
  /** A batch is settled and closed only by the run that owns it. */
  ownerCheck: true,
  /** Only a later run takes a batch from its owner: a late script of an earlier run does not. */
  ownerOnlyRises: true,
  /** Settling names its batch, and touches no other batch of the same run. */
  settlesNamedBatch: true,
  /** Settling names its targets. "The first of the batch" would be another one the second time. */
  settlesNamedTarget: true,
  /** What a failure gives back is what is still in the batch, not what the run remembers. */
  movesOnlyWhatIsInBatch: true,
  /** A batch is claimed by one script. Nothing is added to it later. */
  batchNeverGrows: true,
  /** A batch id is above every id that Redis has given out. */
  idAboveLastBatch: true,
  /** A batch id is above every id that PostgreSQL has seen. */
  idAboveHighWater: true,
  /** What a run applies itself raises the high-water mark that it read when it began. */
  highWaterKeepsUp: true,
  /** A batch id comes from what the stores know, and is not the run's own number. */
  idFromStores: true,
  /** `lastBatch` exists, as 0, before the first batch. Missing means wiped, and nothing else. */
  startsWithZero: true,
  /** No batch is opened while Redis knows of fewer batches than PostgreSQL has seen. */
  refusesRegression: true,
  /** A batch is settled only when its commit is known. */
  settlesAfterCommit: true,
  /** A statement without an answer is not a failed one. */
  unknownIsNotFailed: true,
  /** A reader adds the batch's share only if the row does not carry that batch yet. */
  readerComparesBatch: true,
  /** A reader starts again if the row carries a batch that was opened after its look at Redis. */
  readerReadsAgain: true,
  /** A discard is written down before anything is taken out of Redis. */
  intentFirst: true,
  /** A discard takes views once. Asked again, its script only says how many they were. */
  takesOnce: true,
  /** A discard that is done leaves a mark behind, so that a late script of it takes nothing more. */
  marksDone: true,
  /** A discard is booked once. */
  booksOnce: true,
  /** A cleanup removes a row only if PostgreSQL has seen a later batch, so that the row's own is closed. */
  removesBehindBatches: true,
};
export type Guards = typeof guards;

export type Target = "A" | "B";
export type Views = Record<Target, number>;
export const targets: Target[] = ["A", "B"];
export const total = (views: Views): number => views.A + views.B;

export interface Redis {
  overlay: Views;
  /** A target with 0 views is no member: it was not claimed, or is settled. */
  batch: { id: number; owner: number; views: Views } | null;
  parked: Views;
  /** The highest batch id given out. `null` if the key is missing. */
  lastBatch: number | null;
  accepted: number;
  /** What the discard took out. `done` stays behind as the mark that it must not take again. */
  taken: number | "done" | null;
}

interface Postgres {
  rows: Record<Target, { views: number; batchId: number }>;
  /** Views that went with the rows that a cleanup removed. */
  removed: number;
  books: { applied: number; discarded: number; lastBatchId: number };
  /** The runs whose row says `running`. Those that were interrupted or have ended are not here. */
  running: number[];
  discard: "none" | "intended" | "booked";
}

export interface Stores {
  redis: Redis;
  postgres: Postgres;
}

/** Where a target goes from the batch: out of Redis, back to the overlay, or to the parked ones. */
export type Verdict = "flushed" | "overlay" | "parked";

/** A command holds all that its sender knew. A late copy acts on that old knowledge. */
export type Command =
  | { kind: "open"; run: number; highWater: number; retries: boolean }
  | { kind: "apply"; run: number; batchId: number; target: Target; views: number }
  | { kind: "fail"; run: number; batchId: number; target: Target }
  | Settle
  | { kind: "close"; run: number; batchId: number }
  | { kind: "finish"; run: number }
  | { kind: "take" | "clear" }
  | { kind: "book"; views: number };

interface Settle {
  kind: "settle";
  run: number;
  batchId: number;
  target: Target;
  views: number;
  verdict: Verdict;
}

export interface Reply {
  /** `refused`: a guard said no. `carried`: the row already carries the batch. */
  outcome: "done" | "nothing" | "refused" | "carried";
  batch?: { id: number; views: Views; adopted: boolean };
  taken?: number;
}

const done: Reply = { outcome: "done" };
const nothing: Reply = { outcome: "nothing" };
const refused: Reply = { outcome: "refused" };

/** Redis: counts a viewer, whose key may be there already. */
export function count({ redis }: Stores, target: Target, seen: boolean, on: Guards): void {
  if (on.countsOnce && seen) return;
  redis.overlay[target] += 1;
  redis.accepted += 1;
}

/** PostgreSQL: inserts the run as `running` and reads the high-water mark, in one transaction. */
export function begin({ postgres }: Stores, run: number, on: Guards): number {
  if (on.oneRunning) postgres.running = [];
  postgres.running.push(run);
  return postgres.books.lastBatchId;
}

export function perform(stores: Stores, command: Command, on: Guards): Reply {
  const { redis, postgres } = stores;
  switch (command.kind) {
    case "open":
      return redis.batch ? adopt(redis, command.run, on) : open(redis, command, on);
    case "apply": {
      if (on.fence && !postgres.running.includes(command.run)) return refused;
      const { books } = postgres;
      const row = postgres.rows[command.target];
      if (!on.rowGuard || row.batchId < command.batchId) {
        row.views += command.views;
        row.batchId = command.batchId;
        books.applied += command.views;
      }
      books.lastBatchId = Math.max(books.lastBatchId, command.batchId);
      return done;
    }
    case "fail": {
      if (on.fence && !postgres.running.includes(command.run)) return refused;
      // Or a later one, which only a Redis that fell back can lead to: applied, all the more.
      const carried = postgres.rows[command.target].batchId >= command.batchId;
      return on.failureCheck && carried ? { outcome: "carried" } : done;
    }
    case "settle":
    case "close": {
      const { batch } = redis;
      if (!batch || (on.ownerCheck && batch.owner !== command.run)) return refused;
      if (on.settlesNamedBatch && batch.id !== command.batchId) return refused;
      if (command.kind === "settle") settle(redis, batch.views, command, on);
      else if (total(batch.views) === 0) redis.batch = null;
      return done;
    }
    case "finish":
      postgres.running = postgres.running.filter((run) => run !== command.run);
      return done;
    case "take":
      return take(redis, on);
    case "book":
      if (on.booksOnce && postgres.discard === "booked") return nothing;
      postgres.discard = "booked";
      postgres.books.discarded += command.views;
      return done;
    case "clear":
      redis.taken = on.marksDone ? "done" : null;
      return done;
  }
}

/** PostgreSQL: removes the row of a topic, and with it what it knows of the batches that it took. */
export function mayRemove({ postgres }: Stores, target: Target, on: Guards): boolean {
  const { views, batchId } = postgres.rows[target];
  return views > 0 && (!on.removesBehindBatches || batchId < postgres.books.lastBatchId);
}

export function remove({ postgres }: Stores, target: Target): void {
  postgres.removed += postgres.rows[target].views;
  postgres.rows[target] = { views: 0, batchId: 0 };
}

function adopt(redis: Redis, run: number, on: Guards): Reply {
  const { batch } = redis;
  if (!batch || (on.ownerOnlyRises && batch.owner > run)) return refused;
  batch.owner = run;
  if (!on.batchNeverGrows) move(redis.overlay, batch.views);
  return { outcome: "done", batch: { id: batch.id, views: { ...batch.views }, adopted: true } };
}

function open(redis: Redis, command: Command & { kind: "open" }, on: Guards): Reply {
  const { overlay, parked, lastBatch } = redis;
  if (total(overlay) + (command.retries ? total(parked) : 0) === 0) return nothing;
  const regressed = lastBatch !== null && lastBatch < command.highWater;
  if (on.refusesRegression && regressed) return refused;
  const inRedis = on.idAboveLastBatch ? (lastBatch ?? 0) : 0;
  const inPostgres = on.idAboveHighWater ? command.highWater : 0;
  const id = on.idFromStores ? Math.max(inRedis, inPostgres) + 1 : command.run;
  const views = { A: 0, B: 0 };
  move(overlay, views);
  if (command.retries) move(parked, views);
  redis.batch = { id, owner: command.run, views };
  redis.lastBatch = id;
  return { outcome: "done", batch: { id, views: { ...views }, adopted: false } };
}

function settle(redis: Redis, members: Views, command: Settle, on: Guards): void {
  const first = targets.find((target) => members[target] > 0) ?? command.target;
  const target = on.settlesNamedTarget ? command.target : first;
  const views = on.movesOnlyWhatIsInBatch ? members[target] : command.views;
  members[target] = 0;
  if (command.verdict !== "flushed") redis[command.verdict][target] += views;
}

function take(redis: Redis, on: Guards): Reply {
  if (on.takesOnce && redis.taken === "done") return nothing;
  if (!on.takesOnce || redis.taken === null) {
    redis.taken = redis.overlay.A + redis.parked.A;
    redis.overlay.A = 0;
    redis.parked.A = 0;
  }
  return { outcome: "done", taken: Number(redis.taken) };
}

function move(from: Views, to: Views): void {
  for (const target of targets) {
    to[target] += from[target];
    from[target] = 0;
  }
}
