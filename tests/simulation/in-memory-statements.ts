import { topicTarget } from "~/sync/target";

/**
 * The statements of `ledger-statements.ts`, `repairs.server.ts`, `books.server.ts` and
 * `topic-views.server.ts` as functions over tables in memory. Each returns its rows, or refuses with an
 * SQLSTATE and has then written nothing. Wide integers are texts, as the driver returns them.
 */

/** Guards that a test can take away, to see that the promise then breaks. */
export type PostgresGuard =
  | "one sync"
  | "fence"
  /** A topic's row takes a batch once. */
  | "row of apply"
  /** A batch is not applied to a topic whose failing row carries it. */
  | "failing row of apply"
  /** A failing row does not keep what the topic's row carries. */
  | "row of fail"
  /** A failing row takes a batch once. */
  | "failing row of fail"
  /** A retry leaves the batch id of the topic's row as it is. */
  | "batch of the topic's row"
  /** A failing row without views stays until a later batch was seen. */
  | "tombstone";

export interface RunRow {
  id: number;
  trigger: string;
  status: string;
  heartbeatAt: number;
  total: number;
  flushed: number;
  failed: number;
  viewsFlushed: number;
  recovered: number;
  batch: number | null;
  warning: string | null;
}

export interface FailedTargetRow {
  topicId: string | null;
  views: number;
  batch: number;
  attempts: number;
  error: string;
  lastRun: number;
}

export interface Tables {
  now: () => number;
  without: ReadonlySet<PostgresGuard>;
  /** Topics that cannot be changed, with the SQLSTATE: of a constraint, or of a row that somebody else holds. */
  refused: Map<string, string>;
  runs: RunRow[];
  stats: Map<string, { views: number; batch: number }>;
  /** Topic → views by day, all days together. */
  daily: Map<string, number>;
  failedTargets: Map<string, FailedTargetRow>;
  runTargets: Array<{ run: number; target: string; views: number; error: string | null }>;
  audit: Array<{ action: string; details: Record<string, unknown> }>;
  books:
    | {
        applied: number;
        discarded: number;
        adopted: number;
        lastBatch: number;
        batchTaken: number;
        batchOffset: number;
      }
    | undefined;
}

type Rows = Array<Record<string, unknown>>;
type Statement = (tables: Tables, values: unknown[]) => Rows | string;

const MOST_VIEWS = 2_147_483_647;
const LOCK_NOT_AVAILABLE = "55P03";
const OUT_OF_RANGE = "22003";

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

function runOf({ runs }: Tables, id: unknown): RunRow {
  return runs[Number(id) - 1]!;
}

function isFenced(tables: Tables, id: unknown): boolean {
  return runOf(tables, id).status === "running" || tables.without.has("fence");
}

function updateRun(tables: Tables, id: unknown, update: (run: RunRow) => void = () => {}): Rows {
  const run = runOf(tables, id);
  run.heartbeatAt = tables.now();
  update(run);
  return [{ "?column?": 1 }];
}

const begin: Statement = (tables, values) => {
  const [, trigger, , targets, lease, abandoned] = values as [
    string,
    string,
    string,
    string[],
    number,
    string[],
  ];
  const takenOver = tables.runs.filter(
    ({ id, status, heartbeatAt }) =>
      status === "running" &&
      (heartbeatAt < tables.now() - lease * 1_000 || abandoned.includes(String(id))),
  );
  for (const run of takenOver) run.status = "interrupted";
  tables.books ??= {
    applied: 0,
    discarded: 0,
    adopted: 0,
    lastBatch: 0,
    batchTaken: 0,
    batchOffset: 0,
  };
  const taken_over = takenOver.map(({ id }) => String(id));
  const isBusy = trigger !== "retry" && runningSync(tables).length > 0;
  if (isBusy && !tables.without.has("one sync")) return [{ run: null, taken_over }];
  const id = tables.runs.length + 1;
  tables.runs.push({
    id,
    trigger,
    status: "running",
    heartbeatAt: tables.now(),
    total: 0,
    flushed: 0,
    failed: 0,
    viewsFlushed: 0,
    recovered: 0,
    batch: null,
    warning: null,
  });
  if (trigger !== "cron") {
    const kept = keptOf(tables, targets).map(([target, { views }]) => [target, views] as const);
    const retried = Object.fromEntries(kept);
    const details = {
      targets: targets.length,
      views: sum(kept.map(([, views]) => views)),
      retried,
    };
    tables.audit.push({ action: trigger, details: trigger === "retry" ? details : {} });
  }
  return [{ run: String(id), taken_over }];
};

function runningSync({ runs }: Tables): Rows {
  return runs
    .filter(({ status, trigger }) => status === "running" && trigger !== "retry")
    .map(({ id }) => ({ id: String(id) }));
}

/** Adds what a statement has taken of a batch to the books. */
function bookTaken({ books }: Tables, batch: number, taken: number): void {
  const isSame = books!.lastBatch === batch;
  books!.batchOffset = isSame ? books!.batchOffset : 0;
  books!.batchTaken = (isSame ? books!.batchTaken : 0) + taken;
  books!.lastBatch = Math.max(books!.lastBatch, batch);
}

const recordBatch: Statement = (tables, [id, , batch, size, isAdopted]) => {
  if (!isFenced(tables, id)) return [];
  const { lastBatch, batchOffset } = tables.books!;
  const offset = lastBatch === batch ? batchOffset : 0;
  updateRun(tables, id, (run) => {
    run.batch = Number(batch);
    run.total += Number(size) - offset;
    run.recovered += isAdopted === true ? Number(size) - offset : 0;
  });
  return [{ batch_offset: offset }];
};

/** An array as PostgreSQL writes it, of plain ids or of numbers. */
function readArray<T>(text: unknown): T[] {
  return JSON.parse(String(text).replace(/^\{/, "[").replace(/\}$/, "]")) as T[];
}

/** Why rows cannot take these views; checked before any row is changed. */
function refusalOf({ refused, stats }: Tables, added: Map<string, number>): string | undefined {
  for (const [topic, views] of added) {
    const code = refused.get(topic);
    if (code !== undefined) return code;
    if ((stats.get(topic)?.views ?? 0) + views > MOST_VIEWS) return OUT_OF_RANGE;
  }
  return undefined;
}

function addViews({ stats, daily, books }: Tables, topic: string, views: number, batch: number) {
  const row = stats.get(topic);
  stats.set(topic, {
    views: (row?.views ?? 0) + views,
    batch: Math.max(row?.batch ?? 0, batch),
  });
  daily.set(topic, (daily.get(topic) ?? 0) + views);
  books!.applied += views;
}

const applyChunk: Statement = (tables, [id, , batchId, ids, counts]) => {
  const { stats, failedTargets, without } = tables;
  if (!isFenced(tables, id)) return [{ fenced: 0 }];
  const batch = Number(batchId);
  const topics = readArray<string>(ids);
  const views = readArray<number>(counts);
  const isKept = (topic: string) => (failedTargets.get(topicTarget(topic))?.batch ?? -1) >= batch;
  const chunk = topics
    .map((topic, index) => [topic, views[index]!] as const)
    .filter(([topic]) => !isKept(topic) || without.has("failing row of apply"));
  const fresh = chunk.filter(
    ([topic]) => (stats.get(topic)?.batch ?? -1) < batch || without.has("row of apply"),
  );
  const refusal = refusalOf(tables, new Map(fresh));
  if (refusal !== undefined) return refusal;
  for (const [topic, added] of fresh) addViews(tables, topic, added, batch);
  const taken = sum(fresh.map(([, added]) => added));
  bookTaken(tables, batch, taken);
  updateRun(tables, id, (run) => {
    run.batch = batch;
    run.total += chunk.length - topics.length;
    run.flushed += chunk.length;
    run.viewsFlushed += taken;
  });
  return [{ fenced: 1 }];
};

const recordFailures: Statement = (tables, values) => {
  const [id, , batch, targets, topics, views, errors] = values as [
    string,
    string,
    number,
    string[],
    Array<string | null>,
    number[],
    string[],
  ];
  const { stats, failedTargets, runTargets, books, without } = tables;
  if (!isFenced(tables, id)) return [{ fenced: 0, failed: [] }];
  const entries = targets.map((target, index) => {
    const topicId = topics[index]!;
    const isOwnName = topicId !== null && target === topicTarget(topicId);
    const isRenamed = topicId !== null && !isOwnName;
    return { target, topicId, isOwnName, isRenamed, views: views[index]!, error: errors[index]! };
  });
  const applied = entries.filter(
    ({ topicId, isOwnName }) =>
      isOwnName && (stats.get(topicId)?.batch ?? -1) >= batch && !without.has("row of fail"),
  );
  const isTaken = (row: FailedTargetRow | undefined) =>
    (row?.batch ?? -1) >= batch && !without.has("failing row of fail");
  const failing = entries.filter(
    (entry) => !applied.includes(entry) && !isTaken(failedTargets.get(entry.target)),
  );
  const counted = failing.filter(({ isRenamed }) => !isRenamed);
  for (const { target, topicId, views: added, error } of failing) {
    const row = failedTargets.get(target);
    const again = row && row.views > 0 ? row : undefined;
    const lastRun = Number(id);
    const attempts = again ? again.attempts + Number(again.lastRun !== lastRun) : 1;
    const kept = (row?.views ?? 0) + added;
    failedTargets.set(target, { topicId, views: kept, batch, attempts, error, lastRun });
  }
  for (const { target, views: added, error } of counted) {
    runTargets.push({ run: Number(id), target, views: added, error });
  }
  const viewsOf = (wanted: (entry: (typeof entries)[number]) => boolean) =>
    sum(failing.filter(wanted).map((entry) => entry.views));
  bookTaken(
    tables,
    batch,
    viewsOf(({ isOwnName }) => isOwnName),
  );
  books!.adopted += viewsOf(({ isRenamed }) => isRenamed);
  updateRun(tables, id, (run) => {
    run.batch = batch;
    run.failed += counted.length;
    run.flushed += applied.length;
    run.total += counted.length + applied.length - entries.length;
  });
  return [{ fenced: 1, failed: counted.map(({ target }) => target) }];
};

const moveOffset: Statement = (tables, [id, , batch, offset]) => {
  const books = tables.books!;
  if (!isFenced(tables, id) || books.lastBatch !== batch) return [];
  books.batchOffset = Math.max(books.batchOffset, Number(offset));
  return [{ "?column?": 1 }];
};

const leaveOutTaken: Statement = (tables, [id, , batch, ids]) => {
  if (!isFenced(tables, id)) return [];
  const { stats, failedTargets, without } = tables;
  // This only saves work, and would replace a guard that a test has removed.
  const topics = without.size === 0 ? readArray<string>(ids) : [];
  const taken = topics.filter((topic) =>
    [stats.get(topic), failedTargets.get(topicTarget(topic))].some(
      (row) => row !== undefined && row.batch >= Number(batch),
    ),
  );
  updateRun(tables, id, (run) => {
    run.total -= taken.length;
    run.recovered -= taken.length;
  });
  return [{ topic_ids: taken.length > 0 ? taken : null }];
};

const failingTargets: Statement = ({ failedTargets }, [, after, count, parkAfter]) =>
  [...failedTargets]
    .filter(
      ([target, { views, topicId, attempts }]) =>
        views > 0 && topicId !== null && target > String(after) && attempts < Number(parkAfter),
    )
    .sort(byName)
    .slice(0, Number(count))
    .map(([target]) => ({ target }));

/** The targets that have kept views. */
function keptOf({ failedTargets }: Tables, targets: unknown): Array<[string, FailedTargetRow]> {
  return [...failedTargets]
    .filter(([target, { views }]) => views > 0 && (targets as string[]).includes(target))
    .sort(byName);
}

const retryTargets: Statement = (tables, [id, , targets]) => {
  const { runTargets, without } = tables;
  const moved = keptOf(tables, targets).filter(([, { topicId }]) => topicId !== null);
  const added = new Map<string, number>();
  for (const [, { topicId, views }] of moved) {
    added.set(topicId!, (added.get(topicId!) ?? 0) + views);
  }
  const refusal = refusalOf(tables, added);
  if (refusal !== undefined) return refusal;
  const run = runOf(tables, id);
  updateRun(tables, id);
  for (const [target, row] of moved) {
    const { topicId, views } = row;
    addViews(tables, topicId!, views, without.has("batch of the topic's row") ? row.batch : 0);
    if (run.trigger === "retry") runTargets.push({ run: run.id, target, views, error: null });
    row.views = 0;
    run.total += 1;
    run.flushed += 1;
    run.viewsFlushed += views;
  }
  return [];
};

const recordRetryFailures: Statement = (tables, [id, , targets, errors]) => {
  const run = runOf(tables, id);
  updateRun(tables, id);
  for (const [target, row] of keptOf(tables, targets)) {
    const error = (errors as string[])[(targets as string[]).indexOf(target)]!;
    Object.assign(row, { attempts: row.attempts + 1, error, lastRun: run.id });
    tables.runTargets.push({ run: run.id, target, views: row.views, error });
    run.total += 1;
    run.failed += 1;
  }
  return [];
};

const finish: Statement = (tables, [id, , status, , warning]) => {
  if (!isFenced(tables, id)) return [];
  for (const [target, { views, batch }] of tables.failedTargets) {
    const isNeeded = batch >= tables.books!.lastBatch && !tables.without.has("tombstone");
    if (views === 0 && !isNeeded) tables.failedTargets.delete(target);
  }
  const run = runOf(tables, id);
  const { total, flushed, failed, viewsFlushed, recovered } = run;
  run.warning = warning as string | null;
  if (status !== "by-counters") run.status = String(status);
  else if (total === 0) run.status = "empty";
  else if (failed > 0 && flushed === 0) run.status = "failed";
  else run.status = failed > 0 || flushed < total ? "partial" : "succeeded";
  return [{ status: run.status, total, flushed, failed, viewsFlushed, recovered }];
};

const discard: Statement = (tables, [, , targets, reason]) => {
  const taken = keptOf(tables, targets).map(([target, row]) => ({ target, row, views: row.views }));
  if (taken.length === 0) return [];
  for (const { row } of taken) row.views = 0;
  const booked = taken.filter(({ row }) => row.topicId !== null);
  tables.books!.discarded += sum(booked.map(({ views }) => views));
  tables.audit.push({
    action: "discard",
    details: {
      reason,
      views: sum(taken.map(({ views }) => views)),
      targets: taken.length,
      discarded: Object.fromEntries(taken.map(({ target, views }) => [target, views])),
    },
  });
  return taken.map(({ target, views }) => ({ target, views }));
};

const takeOff: Statement = ({ refused, stats, daily, books, audit }, values) => {
  const [, , topicId, views, reason] = values;
  const topic = String(topicId);
  const row = stats.get(topic);
  if (!row) return [];
  if (refused.get(topic) === LOCK_NOT_AVAILABLE) return LOCK_NOT_AVAILABLE;
  const taken = Math.min(row.views, Number(views));
  row.views -= taken;
  daily.set(topic, daily.get(topic)! - taken);
  books!.applied -= taken;
  books!.discarded += taken;
  if (taken > 0)
    audit.push({ action: "views-taken-off", details: { topic, views: taken, reason } });
  return [{ taken }];
};

const books = ({ books: row, failedTargets }: Tables): Rows => {
  if (row === undefined) return [];
  const kept = [...failedTargets.values()].filter(({ topicId }) => topicId !== null);
  return [
    {
      applied: row.applied,
      discarded: row.discarded,
      adopted: row.adopted,
      kept: sum(kept.map(({ views }) => views)),
      lastBatch: row.lastBatch,
      batchTaken: row.batchTaken,
    },
  ];
};

const topicRows: Statement = ({ stats, failedTargets, books }, [, topics]) =>
  (topics as string[]).map((topicId) => {
    const row = stats.get(topicId);
    const failing = failedTargets.get(topicTarget(topicId));
    return {
      topicId,
      views: row?.views ?? 0,
      lastUpdated: null,
      kept: failing?.views ?? 0,
      batchId: Math.max(row?.batch ?? 0, failing?.batch ?? 0),
      highWater: books?.lastBatch ?? 0,
    };
  });

/** Statements that change nothing. */
export const readingStatements: ReadonlySet<string> = new Set([
  "books",
  "failingTargets",
  "highWaterMark",
  "runningSync",
  "stopRequestedBy",
  "topicRows",
]);

export const inMemoryStatements: Record<string, Statement> = {
  applyChunk,
  begin,
  books,
  discard,
  failingTargets,
  finish,
  heartbeat: (tables, [id]) => (isFenced(tables, id) ? updateRun(tables, id) : []),
  highWaterMark: ({ books: row }) =>
    row === undefined ? [] : [{ last_batch_id: String(row.lastBatch) }],
  leaveOutTaken,
  moveOffset,
  recordBatch,
  recordFailures,
  recordRetryFailures,
  reopenBooks: (tables, [id, , warning]) => {
    if (!isFenced(tables, id)) return [];
    updateRun(tables, id, (run) => {
      run.warning = (warning as string | null) ?? run.warning;
    });
    return books(tables);
  },
  retryTargets,
  runningSync,
  stopRequestedBy: () => [],
  takeOff,
  topicRows,
};
