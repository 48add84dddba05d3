/**
 * The statements of `ledger-statements.ts`, `discards.server.ts` and `books.server.ts` as functions over
 * tables in memory. Each answers with its rows, or with the SQLSTATE of its refusal; then it has
 * written nothing. Wide integers arrive as text, as they do from the driver.
 */

/** Guards that a test can take away, to see that the promise then breaks. */
export type PostgresGuard = "fence" | "row" | "applied before" | "one run";

export interface RunRow {
  id: number;
  status: string;
  heartbeatAt: number;
  total: number;
  flushed: number;
  failed: number;
  viewsFlushed: number;
  recovered: number;
  batch: number | undefined;
  warning?: string | undefined;
}

export interface FailedTargetRow {
  attempts: number;
  parked: boolean;
  error: string;
}

interface DiscardRow {
  id: number;
  targets: string[];
  status: "intended" | "booked";
  views: number;
  createdAt: number;
}

export interface Tables {
  now: () => number;
  without: ReadonlySet<PostgresGuard>;
  /** Topics that a constraint refuses. */
  refused: Set<string>;
  runs: RunRow[];
  stats: Map<string, { views: number; batch: number; updatedAt: number }>;
  /** Topic → views by day, all days together. */
  daily: Map<string, number>;
  failedTargets: Map<string, FailedTargetRow>;
  runErrors: Array<{ run: number; target: string; error: string }>;
  discards: DiscardRow[];
  audit: Array<{ action: string; views: number }>;
  books:
    { applied: number; discarded: number; lastBatch: number; batchApplied: number } | undefined;
}

type Rows = Array<Record<string, unknown>>;
type Statement = (tables: Tables, values: unknown[]) => Rows | string;

const MOST_VIEWS = 2_147_483_647;

function fence({ runs, without }: Tables, id: unknown): RunRow | undefined {
  const run = runs.find((row) => row.id === Number(id));
  return run?.status === "running" || without.has("fence") ? run : undefined;
}

/** A fenced update of the run's row, with its heartbeat. */
function updateRun(tables: Tables, id: unknown, update: (run: RunRow) => void): Rows {
  const run = fence(tables, id);
  if (!run) return [];
  run.heartbeatAt = tables.now();
  update(run);
  return [{ "?column?": 1 }];
}

const begin: Statement = (tables, values) => {
  const [, , , , lease, abandoned] = values as [string, string, string, string[], number, string[]];
  const takenOver = tables.runs.filter(
    ({ id, status, heartbeatAt }) =>
      status === "running" &&
      (heartbeatAt < tables.now() - lease * 1_000 || abandoned.includes(String(id))),
  );
  for (const run of takenOver) run.status = "interrupted";
  tables.books ??= { applied: 0, discarded: 0, lastBatch: 0, batchApplied: 0 };
  const taken_over = takenOver.map(({ id }) => String(id));
  const isTaken = tables.runs.some(({ status }) => status === "running");
  if (isTaken && !tables.without.has("one run")) return [{ run: null, taken_over }];
  const id = tables.runs.length + 1;
  const counters = { total: 0, flushed: 0, failed: 0, viewsFlushed: 0, recovered: 0 };
  tables.runs.push({
    id,
    status: "running",
    heartbeatAt: tables.now(),
    batch: undefined,
    ...counters,
  });
  return [{ run: String(id), taken_over }];
};

/** An array as PostgreSQL writes it, of plain ids or of numbers. */
function readArray<T>(text: string): T[] {
  return JSON.parse(text.replace(/^\{/, "[").replace(/\}$/, "]")) as T[];
}

const applyChunk: Statement = (tables, values) => {
  const [id, , batch, ids, counts, withParked] = values as [
    string,
    string,
    number,
    string,
    string,
    boolean,
  ];
  const topics = readArray<string>(ids);
  const views = readArray<number>(counts);
  const run = fence(tables, id);
  if (!run) return [{ fenced: 0, applied: 0 }];
  if (topics.some((topic) => tables.refused.has(topic))) return "23514";
  const fresh = topics
    .map((topic, index) => ({ topic, added: views[index]!, row: tables.stats.get(topic) }))
    .filter(({ row }) => (row?.batch ?? 0) < batch || tables.without.has("row"));
  if (fresh.some(({ row, added }) => (row?.views ?? 0) + added > MOST_VIEWS)) return "22003";
  for (const { topic, added, row } of fresh) {
    const sum = (row?.views ?? 0) + added;
    tables.stats.set(topic, { views: sum, batch, updatedAt: tables.now() });
    tables.daily.set(topic, (tables.daily.get(topic) ?? 0) + added);
  }
  for (const topic of topics) {
    const failing = tables.failedTargets.get(`forum_topic:${topic}`);
    if (failing && (!failing.parked || withParked)) {
      tables.failedTargets.delete(`forum_topic:${topic}`);
    }
  }
  const sum = fresh.reduce((total, { added }) => total + added, 0);
  const books = tables.books!;
  books.applied += sum;
  books.batchApplied = (books.lastBatch === batch ? books.batchApplied : 0) + sum;
  books.lastBatch = Math.max(books.lastBatch, batch);
  run.heartbeatAt = tables.now();
  run.batch = batch;
  run.flushed += topics.length;
  run.viewsFlushed += sum;
  return [{ fenced: 1, applied: fresh.length }];
};

const recordFailures: Statement = (tables, values) => {
  const [id, , batch, targets, topics, , errors, parkAfter] = values as [
    string,
    string,
    number,
    string[],
    Array<string | null>,
    Array<number | null>,
    string[],
    number,
  ];
  const run = fence(tables, id);
  if (!run) return [{ fenced: 0, target: null, parked: null }];
  const rows: Rows = [];
  targets.forEach((target, index) => {
    const row = tables.stats.get(topics[index] ?? "");
    if (row && row.batch >= batch && !tables.without.has("applied before")) return;
    const error = errors[index]!;
    tables.runErrors.push({ run: run.id, target, error });
    const attempts = (tables.failedTargets.get(target)?.attempts ?? 0) + 1;
    const parked = attempts >= parkAfter;
    tables.failedTargets.set(target, { attempts, parked, error });
    rows.push({ fenced: 1, target, parked });
  });
  run.heartbeatAt = tables.now();
  run.failed += rows.length;
  run.flushed += targets.length - rows.length;
  return rows.length > 0 ? rows : [{ fenced: 1, target: null, parked: null }];
};

const finish: Statement = (tables, values) => {
  const run = fence(tables, values[0]);
  if (!run) return [];
  const { total, flushed, failed } = run;
  if (values[3]) run.warning = values[3] as string;
  if (values[1] !== "by-counters") run.status = String(values[1]);
  else if (total === 0) run.status = "empty";
  else if (failed > 0 && flushed === 0) run.status = "failed";
  else run.status = failed > 0 || flushed < total ? "partial" : "succeeded";
  const { status, viewsFlushed, recovered } = run;
  return [{ status, total, flushed, failed, views_flushed: String(viewsFlushed), recovered }];
};

const bookDiscard: Statement = (tables, values) => {
  const discard = tables.discards.find(({ id }) => id === Number(values[0]));
  if (!discard) return [];
  const views = Number(values[1]);
  const added = Math.max(views - discard.views, 0);
  tables.books ??= { applied: 0, discarded: 0, lastBatch: 0, batchApplied: 0 };
  tables.books.discarded += added;
  for (const target of values[2] as string[]) {
    const mayStay = tables.failedTargets.get(target)?.parked && values[3] !== true;
    if (!mayStay) tables.failedTargets.delete(target);
  }
  if (discard.status === "intended" || added > 0) tables.audit.push({ action: "discard", views });
  discard.status = "booked";
  discard.views += added;
  return [];
};

const reconcile: Statement = (tables, values) => {
  const run = fence(tables, values[0]);
  if (!run) return [];
  for (const target of values[2] as string[]) tables.failedTargets.delete(target);
  for (const target of values[3] as string[]) {
    const failing = tables.failedTargets.get(target);
    if (failing) failing.parked = false;
  }
  return [{ id: String(run.id) }];
};

const unfinishedDiscards: Statement = ({ discards, now }, values) => {
  const taken = values[1] as string[];
  return discards
    .filter(({ id, status }) => status === "intended" || taken.includes(String(id)))
    .filter(({ createdAt }) => createdAt < now() - 60_000)
    .map(({ id }) => ({ id: String(id) }));
};

const books = ({ books: row }: Tables): Rows =>
  row === undefined
    ? []
    : [
        {
          applied: String(row.applied),
          discarded: String(row.discarded),
          last_batch_id: String(row.lastBatch),
          batch_applied: String(row.batchApplied),
        },
      ];

/** Those that change nothing. */
export const readingStatements: ReadonlySet<string> = new Set([
  "books",
  "runningRun",
  "bookedViews",
  "failingNames",
  "unfinishedDiscards",
  "databaseSide",
]);

export const statementTwins: Record<string, Statement> = {
  begin,
  books,
  runningRun: ({ runs }) =>
    runs.filter(({ status }) => status === "running").map(({ id }) => ({ id: String(id) })),
  recordBatch: (tables, [id, batch, size, recovered]) =>
    updateRun(tables, id, (run) => {
      run.batch = Number(batch);
      run.total += Number(size);
      run.recovered += Number(recovered);
    }),
  deferTargets: (tables, [id, count]) =>
    updateRun(tables, id, (run) => (run.total -= Number(count))),
  heartbeat: (tables, [id]) => updateRun(tables, id, () => {}),
  booksReopened: (tables, [id, , wipeWarning]) =>
    updateRun(tables, id, (run) => {
      if (wipeWarning === null) return;
      run.warning = wipeWarning as string;
      tables.failedTargets.clear();
    }),
  applyChunk,
  recordFailures,
  finish,
  intendDiscard: ({ discards, now }, values) => {
    const id = discards.length + 1;
    const targets = values[3] as string[];
    discards.push({ id, targets, status: "intended", views: 0, createdAt: now() });
    return [{ id: String(id) }];
  },
  bookDiscard,
  bookedViews: ({ discards }, values) =>
    discards
      .filter(({ id }) => id === Number(values[0]))
      .map(({ views }) => ({ views: String(views) })),
  failingNames: ({ failedTargets }) => [...failedTargets.keys()].map((target) => ({ target })),
  reconcile,
  unfinishedDiscards,
  databaseSide: (tables, values) => {
    const ids = (values[1] as string[]).map(Number);
    const known = tables.discards.filter(({ id }) => ids.includes(id));
    const discards = Object.fromEntries(known.map(({ id, views }) => [String(id), views]));
    return books(tables).map((row) => ({ ...row, discards, opened_at: new Date(0) }));
  },
};
