import pg from "pg";
import { describe, expect, it } from "vitest";
import { databaseError, DependencyError } from "~/platform/dependency-error.server";
import type { StatementLimit } from "~/platform/limited-statement.server";
import { bisect, type Bisected, type Bisection } from "./bisect";
import { Lease } from "./lease";
import { Patience } from "./patience";
import { SupersededError } from "../sync-errors";

const leaseSeconds = 30;

type Entry = number;

/** Refuses some entries, and takes so many seconds for each statement. */
function refusing(isRefused: (entry: Entry) => boolean, seconds = 0, isTakenOver = () => false) {
  let now = 0;
  let leaseBegan = 0;
  let longest = 0;
  let statements = 0;
  const taken: Entry[] = [];
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const ledger = {
    heartbeat: () => {
      longest = Math.max(longest, now - leaseBegan);
      leaseBegan = now;
      return isTakenOver() ? Promise.reject(new SupersededError()) : Promise.resolve();
    },
  };
  const lease = new Lease("1", { ledger, clock, options: { leaseSeconds } });
  const bisection: Bisection<Entry> = {
    send: (part) => {
      now += seconds * 1_000;
      statements += 1;
      if (!part.some(isRefused)) {
        taken.push(...part);
        return Promise.resolve();
      }
      const refusal = new pg.DatabaseError("refused", 0, "error");
      refusal.code = "23514";
      return Promise.reject(databaseError(refusal));
    },
    lease,
    clock,
    sample: 7,
    patience: new Patience(24, { lockSeconds: 2, maxSeconds: undefined }),
    mustStop: () => false,
  };
  return {
    bisection,
    taken,
    statements: () => statements,
    /** The longest time, in seconds, for which the lease was not renewed. */
    longestSilence: () => Math.max(longest, now - leaseBegan) / 1_000,
  };
}

const entries = (count: number) => Array.from({ length: count }, (_, index) => index);
const refusedOf = ({ refused }: Bisected<Entry>) =>
  refused.map(({ entry }) => entry).sort((a, b) => a - b);

describe("a chunk of which the database refuses every entry", () => {
  it("keeps the run's lease, however long it takes to halve it", async () => {
    const { bisection, longestSilence } = refusing(() => true, 5);
    expect((await bisect(entries(64), bisection)).refused).toHaveLength(64);
    expect(longestSilence()).toBeLessThan(leaseSeconds);
  });

  it("is left alone by a run that was taken over meanwhile", async () => {
    let heartbeats = 0;
    const { bisection } = refusing(
      () => true,
      5,
      () => (heartbeats += 1) > 2,
    );
    await expect(bisect(entries(64), bisection)).rejects.toThrow(SupersededError);
  });

  it("is refused as a whole when a sample of it is, if it is large", async () => {
    const { bisection, statements } = refusing(() => true);
    expect(refusedOf(await bisect(entries(5_000), bisection))).toEqual(entries(5_000));
    expect(statements()).toBeLessThan(40);
  });
});

describe("a large chunk of which the database refuses some entries", () => {
  it.each([
    ["one", (entry: Entry) => entry === 1_234],
    ["every seventh", (entry: Entry) => entry % 7 === 0],
    ["all but one half", (entry: Entry) => entry < 2_500],
    ["the sampled but one", (entry: Entry) => entry % 312 === 7 && entry !== 7],
  ])("loses no other: %s", async (_which, isRefused) => {
    const { bisection, taken } = refusing(isRefused);
    const all = entries(5_000);
    expect(refusedOf(await bisect(all, bisection))).toEqual(all.filter(isRefused));
    expect(taken.sort((a, b) => a - b)).toEqual(all.filter((entry) => !isRefused(entry)));
  });
});

type HeldUp = "locked" | "slow";

/** A run of several chunks with topics that hold statements up until their limit. */
class HeldUpRun {
  #now = 0;
  #lastStatement = 0;
  readonly taken: Entry[] = [];
  readonly refused: Entry[] = [];
  readonly patience: Patience;

  constructor(
    private readonly stuck: ReadonlyMap<Entry, HeldUp>,
    private readonly options: { lockSeconds: number; maxSeconds: number | undefined },
  ) {
    this.patience = new Patience(24, options);
  }

  get seconds(): number {
    return this.#now / 1_000;
  }

  get longestStatementSeconds(): number {
    return this.#lastStatement / 1_000;
  }

  /** Returns the entries that are left when the run's time is up. */
  async take(all: Entry[], chunkSize: number): Promise<Entry[]> {
    const mustStop = () => this.seconds >= (this.options.maxSeconds ?? Infinity);
    for (let start = 0; start < all.length && !(start > 0 && mustStop()); start += chunkSize) {
      const { refused } = await bisect(all.slice(start, start + chunkSize), {
        send: (part, limit) => this.#send(part, limit),
        lease: { committed() {}, keep: () => Promise.resolve() },
        clock: { now: () => this.#now, sleep: () => Promise.resolve() },
        sample: 7,
        patience: this.patience,
        mustStop,
      });
      this.refused.push(...refused.map(({ entry }) => entry));
    }
    const done = new Set([...this.taken, ...this.refused]);
    return all.filter((entry) => !done.has(entry));
  }

  #send(part: Entry[], limit: StatementLimit): Promise<void> {
    const held = part.map((entry) => this.stuck.get(entry)).find((why) => why !== undefined);
    const milliseconds = held ? limit[held === "locked" ? "lockMs" : "statementMs"] : 5;
    this.#now += milliseconds;
    this.#lastStatement = Math.max(this.#lastStatement, milliseconds);
    if (!held) {
      this.taken.push(...part);
      return Promise.resolve();
    }
    const refusal = new pg.DatabaseError("held up", 0, "error");
    refusal.code = held === "locked" ? "55P03" : "57014";
    return Promise.reject(databaseError(refusal));
  }
}

const settings = [
  { chunkSize: 1_000, lockSeconds: 2 },
  { chunkSize: 5_000, lockSeconds: 12 },
  { chunkSize: 20_000, lockSeconds: 1 },
];
const stuckAt = [0, 777, 29_999];

describe.each<HeldUp>(["locked", "slow"])("one topic among 30,000 that is %s", (why) => {
  it.each(settings)("fails alone within a minute: %o", async ({ chunkSize, lockSeconds }) => {
    for (const entry of stuckAt) {
      const run = new HeldUpRun(new Map([[entry, why]]), { lockSeconds, maxSeconds: undefined });
      expect(await run.take(entries(30_000), chunkSize)).toEqual([]);
      expect(run.refused).toEqual([entry]);
      expect(run.taken).toHaveLength(29_999);
      expect(run.seconds).toBeLessThan(60);
    }
  });

  it.each([1, 8, 60])(
    "is found by runs of %i s, each of which ends in time and leaves the rest for the next",
    async (maxSeconds) => {
      let left = entries(30_000);
      const refused: Entry[] = [];
      for (let runs = 0; left.length > 0; runs += 1) {
        expect(runs).toBeLessThan(10);
        const run = new HeldUpRun(new Map([[777, why]]), { lockSeconds: 2, maxSeconds });
        left = await run.take(left, 5_000);
        refused.push(...run.refused);
        expect(run.seconds).toBeLessThan(maxSeconds + run.longestStatementSeconds);
      }
      expect(refused).toEqual([777]);
    },
  );
});

it("does not go on for ever where hundreds of topics are locked, and takes most of the others", async () => {
  const stuck = entries(30_000).filter((entry) => entry % 100 === 0);
  const run = new HeldUpRun(new Map(stuck.map((entry) => [entry, "locked"])), {
    ...{ lockSeconds: 2, maxSeconds: undefined },
  });
  expect(await run.take(entries(30_000), 5_000)).toEqual([]);
  expect(run.seconds).toBeLessThan(60);
});

it("takes no entry for refused where nobody knows what became of the statement", async () => {
  const { bisection } = refusing(() => false);
  const send = () => Promise.reject(databaseError(new Error("Connection terminated")));
  await expect(bisect(entries(64), { ...bisection, send })).rejects.toThrow(DependencyError);
});

it("leaves the rest of a refused chunk untried when its run has to end", async () => {
  const { bisection, taken } = refusing((entry) => entry === 0);
  const { refused, untried } = await bisect(entries(64), { ...bisection, mustStop: () => true });
  expect([refused, untried, taken.length]).toEqual([[], 32, 32]);
});

it("leaves alone what holds up a statement without any entry, too", async () => {
  const { bisection } = refusing(() => true);
  const heldUp = new pg.DatabaseError("the books are locked", 0, "error");
  heldUp.code = "55P03";
  const send = () => Promise.reject(databaseError(heldUp));
  await expect(bisect(entries(64), { ...bisection, send })).rejects.toThrow("locked");
});
