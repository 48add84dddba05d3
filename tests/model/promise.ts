/** The whole state of the model, and what must be true of it. */
import { play, type Run, runAt } from "./run";
import {
  begin,
  type Command,
  guards,
  isEmpty,
  noViews,
  type Redis,
  type Row,
  type Stores,
  type Target,
  targets,
  topicOf,
  type Topic,
  topics,
  total,
  untaken,
  type Views,
} from "./stores";

export interface State extends Stores {
  /** How many viewers were really counted: what the stores together must account for. */
  viewers: Views;
  runs: Run[];
  look: Look | null;
  misread: string | null;
  /** A command that nobody waits for any more, and how many more there may be. */
  late: Command | null;
  lateLeft: number;
  /** The state to which Redis would fall back. */
  replica: Redis | null;
  /** What Redis has lost: views, and what was done to them since; an admin may keep what came back. */
  memory: "whole" | "lost" | "kept";
  discardsLeft: number;
  takeOffsLeft: number;
  cleanupsLeft: number;
}

/** What a reader of topic A has seen in Redis, and what was true then. */
export interface Look {
  overlay: number;
  batch: { id: number; share: number } | null;
  lastBatch: number;
  viewers: number;
  discarded: number;
  /** Read this early only without the guard `readerReadsRowsTogether`. */
  failing: Row | null;
}

export type Budgets = Pick<State, "lateLeft" | "discardsLeft" | "takeOffsLeft" | "cleanupsLeft">;

export const emptyRedis = (lastBatch: number | null): Redis => ({
  overlay: noViews(),
  batch: null,
  lastBatch,
  accepted: 0,
});

export function initialState(lastBatch: number | null, budgets: Budgets): State {
  return {
    redis: emptyRedis(lastBatch),
    postgres: {
      rows: { A: { views: 0, batchId: 0 }, B: { views: 0, batchId: 0 } },
      failing: { A: null, B: null, oldA: null },
      removed: { A: 0, B: 0 },
      books: { applied: 0, discarded: { A: 0, B: 0 }, adopted: 0, lastBatch: 0, taken: 0, mark: 0 },
      running: [],
    },
    viewers: noViews(),
    runs: [],
    look: null,
    misread: null,
    late: null,
    replica: null,
    memory: "whole",
    ...budgets,
  };
}

/** Much faster than `structuredClone`, and this is what a search does most. */
export function copyOf<T>(value: T): T;
export function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copyOf(item));
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = copyOf(value[key as keyof typeof value]);
  return copy;
}

/** How many of a topic's accepted views are in PostgreSQL, and how many in Redis. */
function inPostgres({ postgres }: Stores, topic: Topic): number {
  const { rows, removed, failing, books } = postgres;
  const sum = rows[topic].views + removed[topic] + books.discarded[topic];
  return namesOf(topic).reduce((views, name) => views + (failing[name]?.views ?? 0), sum);
}

function inRedis({ redis: { overlay, batch }, postgres }: Stores, topic: Topic): number {
  return namesOf(topic).reduce((views, name) => {
    const carriers = [postgres.failing[name], name === topic ? postgres.rows[topic] : null];
    const carried = carriers.some((row) => row && batch && row.batchId >= batch.id);
    return views + overlay[name] + (batch && !carried ? batch.views[name] : 0);
  }, 0);
}

const namesOf = (topic: Topic): Target[] => targets.filter((name) => topicOf(name) === topic);

/** The books: what Redis says it accepted and PostgreSQL adopted, less all that they account for. */
export function imbalance({ redis, postgres: { failing, books } }: Stores): number {
  const { applied, discarded, adopted, lastBatch, taken } = books;
  const kept = targets.reduce((views, name) => views + (failing[name]?.views ?? 0), 0);
  const waiting = total(redis.overlay) + untaken(redis.batch, lastBatch, taken);
  return redis.accepted + adopted - applied - discarded.A - discarded.B - kept - waiting;
}

/** The next run notices such a Redis, and leaves it alone until its books are opened again. */
const isNoticed = ({ redis: { lastBatch }, postgres: { books } }: Stores): boolean =>
  lastBatch === null || lastBatch < books.lastBatch;

/** Whether PostgreSQL has views that nobody made: the one thing that no loss in Redis may lead to. */
export const countsTwice = (state: State): boolean =>
  topics.some((topic) => inPostgres(state, topic) > viewersOf(state, topic));

const viewersOf = ({ viewers }: State, topic: Topic): number =>
  namesOf(topic).reduce((sum, name) => sum + viewers[name], 0);

/**
 * The promise, for each topic: views accepted and adopted = persisted + overlay + what of the batch
 * neither table has + kept + discarded. And the books, which know only the sums, agree.
 */
export function brokenPromise(state: State): string | undefined {
  const { redis, postgres, viewers, memory } = state;
  const { rows, removed, books } = postgres;
  if (state.misread) return state.misread;
  const persisted = topics.reduce((sum, topic) => sum + rows[topic].views + removed[topic], 0);
  if (books.applied !== persisted) return "the books differ from the rows";
  if (memory !== "kept" && countsTwice(state)) return "PostgreSQL has views that nobody made";
  const off = imbalance(state);
  if (memory === "whole") {
    for (const topic of topics) {
      const found = inPostgres(state, topic) + inRedis(state, topic);
      const made = viewersOf(state, topic);
      if (found !== made) return `${found} views of ${topic} are accounted for, ${made} were made`;
    }
    if (redis.lastBatch !== null && redis.accepted !== total(viewers))
      return `Redis accepted ${redis.accepted} views of ${total(viewers)}`;
  }
  // What Redis has lost can be noticed, and that is all that can be promised about it.
  return off === 0 || isNoticed(state) ? undefined : `the books are off by ${off}`;
}

/**
 * The promise and its other half: from here, wherever all processes may have crashed, one more run
 * without a fault leaves nothing in overlay and batch.
 */
export function brokenNowOrNext(state: State): string | undefined {
  const broken = brokenPromise(state);
  const { overlay, batch } = state.redis;
  if (broken !== undefined || (!batch && isEmpty(overlay))) return broken;
  const next = copyOf(state);
  const run = runAt(next.runs.length + 1, "read");
  begin(next, run.id, guards);
  while (run.step !== "ended") play(next, run, guards, "discard the overlay");
  const left = next.redis;
  return left.batch || !isEmpty(left.overlay)
    ? "one more run leaves views behind"
    : brokenPromise(next);
}
