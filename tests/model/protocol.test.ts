import { afterAll, describe, expect, test } from "vitest";
import { explore } from "./explore";
import { brokenNowOrNext, countsTwice, imbalance } from "./promise";
import { flushProtocol, type Scenario } from "./protocol";
import { type Guards, guards } from "./stores";

const small = { views: 2, runs: 2, targets: ["A", "B"], failures: true } satisfies Scenario;
const scenarios = {
  "three runs": { views: 3, runs: 3, targets: ["A", "B"] },
  "failures and discards": { ...small, runs: 3, targets: ["A"], discards: 1 },
  "a late command": { ...small, discards: 1, lateCommands: 1 },
  "an older name": { ...small, targets: ["A", "oldA"], discards: 1 },
  "a reader": { ...small, discards: 1, reader: true },
  "a cleanup": { ...small, takeOffs: 1, cleanups: 1 },
  "a wiped Redis": { views: 2, runs: 3, targets: ["A"], wipe: true },
  "a Redis wiped in the middle of a batch": { ...small, wipe: true },
  "a Redis that falls back": { views: 2, runs: 3, targets: ["A"], fallback: true },
  "a Redis that falls back, and failures": {
    ...small,
    targets: ["A"],
    discards: 1,
    fallback: true,
  },
} satisfies Record<string, Scenario>;
type Name = keyof typeof scenarios;

const TIMEOUT_MS = 120_000;
const measured: string[] = [];
afterAll(() => console.info(measured.join("\n")));

describe("with all guards the promise holds", () => {
  const names = Object.keys(scenarios) as Name[];
  test.each(names)("%s", { timeout: TIMEOUT_MS }, (name) => {
    const system = flushProtocol(scenarios[name]);
    const { states, violation } = explore({ ...system, broken: brokenNowOrNext });
    measured.push(`${states} states with all guards: ${name}`);
    expect(violation).toBeUndefined();
  });
});

/** The scenarios in which each guard is removed because its absence shows there, and what then goes wrong. */
const removals: Record<Name, Partial<Record<keyof Guards, string>>> = {
  "three runs": {
    countsOnce: "the Redis client reconnects, sends a count again, and one viewer is two views",
    rowGuard: "a run crashes before it closes its batch, and the next one applies the batch again",
    batchNeverGrows:
      "a run tops up the batch that it adopts, but PostgreSQL already carries that batch",
    idAboveLastBatch:
      "a run that stalled before it opened a batch uses an id again that it did not see in use",
    closesNamedBatch:
      "a run that stalled before it closed its batch drops the batch of a later run",
    markAfterWholeWindow:
      "a run crashes within a window that the mark is past, and nobody takes the rest",
    markNamesBatch: "a run that stalled before it moved the mark moves that of the next batch",
    markStartsAtZero:
      "the first target of a batch is taken, and the mark is still that of the batch before",
    adoptsMarkOfBatch:
      "a run adopts a batch of which nothing was taken, and begins at the mark of the one before",
  },
  "failures and discards": {
    applyNotFailed:
      "a run records a failure and crashes, and the next one can apply the same views",
    failNotApplied:
      "a run applies views and crashes, and the next one fails to, and keeps them as well",
    failOnce:
      "a run records a failure and crashes, and the next one fails too, and keeps the views twice",
    tombstoneAfterDiscard:
      "views are discarded while their batch is open, and nothing tells that it was taken",
    sweepsBehindBatches:
      "a tombstone is swept while its batch is open, and the batch is taken again",
  },
  "a late command": {
    oneRunning:
      "a run that was taken over records a failure after the next run has applied the views",
    fenceOfApply:
      "a statement of a run that was taken over applies what the next run has recorded as failed",
    fenceOfFail:
      "a statement of a run that was taken over records as failed what the next run has applied",
    unknownIsNotFailed:
      "a run has no answer, records a failure, and then the statement is executed",
    unknownIsNotDone: "a run has no answer, closes the batch, and the statement was never executed",
  },
  "an older name": {
    failsByOwnName:
      "what came in under an older name is dropped, because the topic's own views were applied",
    tombstoneAfterRetry:
      "views are retried while their batch is open, and the next run records the failure again",
  },
  "a reader": {
    readerComparesRow: "a reader adds the share of a batch that the topic's row already has",
    readerComparesFailing: "a reader adds the share of a batch that the failing row already has",
    readerReadsAgain:
      "a reader adds an overlay that was claimed and applied before it read the rows",
    readerReadsRowsTogether:
      "a retry moves views between the two rows, and a reader finds them in both",
  },
  "a cleanup": {
    removesBehindBatches:
      "a row goes while its batch is open, and the next run applies the batch again",
  },
  "a wiped Redis": {
    reopensOnFreshBooks:
      "a run that was taken over reopens the books as they were before the next run",
    reopensAboveAll: "Redis starts again at 1, and the rows take the new batches for old ones",
  },
  "a Redis wiped in the middle of a batch": {
    reopensWhileRunning:
      "a run that was taken over reopens the books while the next run still applies",
    reopensOnlyAsSeen:
      "a run that stalled before it reopened the books does so after the next run has gone on",
  },
  "a Redis that falls back": {
    highWaterReadBeforeOpen:
      "Redis falls back between the two batches of a run, which does not notice, and reuses an id",
    startsWithZero: "Redis falls back to before the first batch, and that is taken for a wipe",
    refusesRegression:
      "Redis has forgotten that a batch was claimed, and its views are claimed again",
    dropsBatchBelowHighWater:
      "an old batch, which PostgreSQL has taken, stays open, and counts as accepted once more",
  },
  "a Redis that falls back, and failures": {},
};
const cases = Object.entries(removals).flatMap(([name, sentences]) =>
  Object.entries(sentences).map(
    ([guard, sentence]) => [guard, name, sentence] as [keyof Guards, Name, string],
  ),
);

describe("without this guard the promise breaks", () => {
  test.each(cases)("%s, in %s: %s", { timeout: TIMEOUT_MS }, (guard, name) => {
    const { states, violation } = explore(flushProtocol(scenarios[name], guard));
    const steps = violation?.trace ?? [];
    measured.push(
      `${states} states to ${steps.length} steps without ${guard}: ${violation?.reason}`,
    );
    expect(violation).toBeDefined();
    expect(steps).not.toEqual([]);
  });

  test("every guard has its case", () => {
    expect(cases.map(([guard]) => guard).sort()).toEqual(Object.keys(guards).sort());
  });
});

/**
 * Redis falls back, and then a run wakes up that was taken over before. No store knows any more what
 * would stop it from opening a batch under a used id. The product can only notice, and the books do.
 */
describe("where the promise ends, the books are off", () => {
  const fallsBack: Scenario = { ...small, failures: false, fallback: true, sleepers: true };

  test("a batch under a used id, after Redis fell back", { timeout: TIMEOUT_MS }, () => {
    const { violation } = explore(flushProtocol(fallsBack));
    const steps = violation?.trace ?? [];
    const after = steps.slice(steps.indexOf("Redis falls back to the replica"));
    expect(after).toContain("run 1: open");
    expect(violation && imbalance(violation.state)).not.toBe(0);
  });

  test("PostgreSQL has no view twice unnoticed", { timeout: TIMEOUT_MS }, () => {
    const { states, violation } = explore({
      ...flushProtocol(fallsBack),
      broken: (state) =>
        state.memory !== "kept" && countsTwice(state) && imbalance(state) === 0
          ? "unnoticed"
          : undefined,
    });
    measured.push(`${states} states with a fallback and sleepers`);
    expect(violation).toBeUndefined();
  });
});
