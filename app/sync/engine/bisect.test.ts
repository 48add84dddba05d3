import pg from "pg";
import { describe, expect, it } from "vitest";
import { databaseError } from "~/platform/dependency-error.server";
import { bisect, type Bisection } from "./bisect";
import { Lease } from "./lease";
import { SupersededError } from "./sync-errors";

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
      return Promise.resolve({ fenced: !isTakenOver() });
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
    keepLease: () => lease.keep(),
    clock,
    sample: 7,
  };
  return {
    bisection,
    taken,
    statements: () => statements,
    /** Seconds that the lease was ever not renewed. */
    longestSilence: () => Math.max(longest, now - leaseBegan) / 1_000,
  };
}

const entries = (count: number) => Array.from({ length: count }, (_, index) => index);
const refusedOf = (refused: Array<{ entry: Entry }>) =>
  refused.map(({ entry }) => entry).sort((a, b) => a - b);

describe("a chunk of which the database refuses every entry", () => {
  it("keeps the run's lease, however long it takes to halve it", async () => {
    const { bisection, longestSilence } = refusing(() => true, 5);
    expect(await bisect(entries(64), bisection)).toHaveLength(64);
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
