import pg from "pg";
import { describe, expect, it } from "vitest";
import { applyBisecting } from "./apply-chunk";
import type { ChunkEntry, SyncLedger } from "./ports";
import { SupersededError } from "./sync-errors";

const leaseSeconds = 30;

/** Refuses every entry, and takes so many seconds for each statement. */
function refusingLedger(seconds: number, { isTakenOver = (): boolean => false } = {}) {
  let now = 0;
  let leaseBegan = 0;
  let longest = 0;
  const ledger: Partial<SyncLedger> = {
    applyChunk: () => {
      now += seconds * 1_000;
      const refusal = new pg.DatabaseError("refused", 0, "error");
      refusal.code = "23514";
      return Promise.reject(refusal);
    },
    heartbeat: () => {
      longest = Math.max(longest, now - leaseBegan);
      leaseBegan = now;
      return Promise.resolve({ fenced: !isTakenOver() });
    },
  };
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  return {
    context: {
      ledger: ledger as SyncLedger,
      clock,
      run: "1",
      batch: { id: 1, withParked: false },
      leaseSeconds,
    },
    /** Seconds that the lease was ever not renewed. */
    longestSilence: () => Math.max(longest, now - leaseBegan) / 1_000,
  };
}

const entries: ChunkEntry[] = Array.from({ length: 64 }, (_, index) => ({
  target: `forum_topic:${index}`,
  topicId: String(index),
  views: 1,
}));

describe("a chunk of which the database refuses every entry", () => {
  it("keeps the run's lease, however long it takes to halve it", async () => {
    const { context, longestSilence } = refusingLedger(5);
    expect(await applyBisecting(context, entries)).toHaveLength(entries.length);
    expect(longestSilence()).toBeLessThan(leaseSeconds);
  });

  it("is left alone by a run that was taken over meanwhile", async () => {
    let heartbeats = 0;
    const isTakenOver = () => (heartbeats += 1) > 2;
    const { context } = refusingLedger(5, { isTakenOver });
    await expect(applyBisecting(context, entries)).rejects.toThrow(SupersededError);
  });
});
