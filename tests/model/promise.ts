/** The whole state of the model, and what must be true of it. */
import { play, type Run, runAt, stepsOf } from "./run";
import {
  begin,
  guards,
  targets,
  total,
  type Command,
  type Redis,
  type Stores,
  type Target,
} from "./stores";

export interface State extends Stores {
  /** How many viewers were really counted: what the stores together must account for. */
  viewers: number;
  runs: Run[];
  admins: Admin[];
  look: Look | null;
  misread: string | null;
  /** A command that nobody waits for any more, and how many more there may be. */
  late: Command | null;
  lateLeft: number;
  /** What Redis would fall back to. */
  replica: Redis | null;
  failedOver: boolean;
  cleanups: number;
}

/** Carries out a discard of target A. */
interface Admin {
  step: "take" | "book" | "clear" | "ended";
  views: number;
}

/** What a reader of target A has seen in Redis, and what was true then: that it has to answer. */
export interface Look {
  waiting: number;
  batch: { id: number; share: number } | null;
  lastBatch: number;
  truth: number;
}

export function initialState(lateCommands: number, lastBatch: number | null): State {
  return {
    redis: {
      overlay: { A: 0, B: 0 },
      batch: null,
      parked: { A: 0, B: 0 },
      lastBatch,
      accepted: 0,
      taken: null,
    },
    postgres: {
      rows: { A: { views: 0, batchId: 0 }, B: { views: 0, batchId: 0 } },
      removed: 0,
      books: { applied: 0, discarded: 0, lastBatchId: 0 },
      running: [],
      discard: "none",
    },
    viewers: 0,
    runs: [],
    admins: [],
    look: null,
    misread: null,
    late: null,
    lateLeft: lateCommands,
    replica: null,
    failedOver: false,
    cleanups: 0,
  };
}

export function copyRedis(redis: Redis): Redis {
  const { overlay, batch, parked } = redis;
  return {
    ...redis,
    overlay: { ...overlay },
    batch: batch && { ...batch, views: { ...batch.views } },
    parked: { ...parked },
  };
}

export function copyState(state: State): State {
  const { rows, books, running } = state.postgres;
  return {
    ...state,
    redis: copyRedis(state.redis),
    postgres: {
      ...state.postgres,
      rows: { A: { ...rows.A }, B: { ...rows.B } },
      books: { ...books },
      running: [...running],
    },
    runs: state.runs.map((run) => ({ ...run, views: { ...run.views }, lanes: { ...run.lanes } })),
    admins: [...state.admins],
  };
}

/** What of the batch PostgreSQL does not have yet. */
function unapplied({ redis: { batch }, postgres: { rows } }: Stores, target: Target): number {
  return batch && rows[target].batchId < batch.id ? batch.views[target] : 0;
}

/** What a discard holds between taking and booking. It must have been written down to be known. */
export function held({ redis: { taken }, postgres: { discard } }: Stores): number {
  return discard === "intended" && typeof taken === "number" ? taken : 0;
}

/** Also what was persisted and then removed: no view may take its place. */
const persisted = ({ rows, removed }: Stores["postgres"]): number =>
  rows.A.views + rows.B.views + removed;

/** The books: what Redis says it accepted, less all that the stores account for. */
export function imbalance(state: State): number {
  const { redis, postgres } = state;
  const { applied, discarded } = postgres.books;
  const inBatch = targets.reduce((sum, target) => sum + unapplied(state, target), 0);
  const waiting = total(redis.overlay) + inBatch + total(redis.parked) + held(state);
  return redis.accepted - applied - discarded - waiting;
}

/** Whether PostgreSQL holds views that nobody made: the one thing no loss in Redis may lead to. */
export const countsTwice = (state: State): boolean => persisted(state.postgres) > state.viewers;

/** The promise: views accepted = persisted + overlay + unapplied in the batch + parked + discarded. */
export function brokenPromise(state: State): string | undefined {
  const { redis, postgres, viewers } = state;
  if (state.misread) return state.misread;
  if (postgres.books.applied !== persisted(postgres)) return "the books differ from the rows";
  if (countsTwice(state)) return `${persisted(postgres)} views persisted of ${viewers}`;
  // After a failover Redis has lost what it acknowledged, so nothing can be promised about it.
  if (state.failedOver) return undefined;
  if (redis.accepted !== viewers) return `Redis accepted ${redis.accepted} views of ${viewers}`;
  const off = imbalance(state);
  return off === 0
    ? undefined
    : `${Math.abs(off)} of ${viewers} ${off > 0 ? "lost" : "counted twice"}`;
}

/**
 * The promise and its other half: from here, wherever all processes may have crashed, one more run
 * without a fault leaves nothing in overlay and batch.
 */
export function brokenNowOrNext(state: State): string | undefined {
  const broken = brokenPromise(state);
  if (broken !== undefined) return broken;
  const next = copyState(state);
  const id = next.runs.length + 1;
  const run = runAt(id, "open", begin(next, id, guards));
  for (let [step] = stepsOf(run); step; [step] = stepsOf(run)) play(next, run, step, guards);
  const { overlay, batch } = next.redis;
  return total(overlay) > 0 || batch ? "one more run leaves views behind" : brokenPromise(next);
}
