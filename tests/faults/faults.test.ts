import { afterAll, beforeAll, expect, it } from "vitest";
import { faults } from "./cases";
import { runFault } from "./run-fault";
import { startFaultServers, type FaultServers } from "./servers";

/** A short version of `npm run test:faults`, with faults that each test something different. */
const rounds: Record<string, number> = {
  sigkill: 3,
  sigstop: 1,
  "postgres-kill": 1,
  "redis-kill": 1,
  "redis-drop-replies": 1,
  "postgres-drop-replies": 1,
  "statement-timeout": 1,
  deadlock: 1,
  "locked-row": 1,
  "postgres-asleep": 1,
  "disk-full": 1,
  "redis-full": 1,
  "redis-flushall": 1,
  "failover-discard": 1,
  "three-instances": 1,
  "two-daos": 1,
  "cluster-failover": 1,
  "sentinel-kill": 1,
  "tls-kill": 2,
};

let servers: FaultServers;
beforeAll(async () => {
  servers = await startFaultServers();
});
afterAll(() => servers.stop());

it.for(Object.entries(rounds))(
  "loses no view and counts none twice: %s",
  // Views that are lost or doubled once in a while are lost or doubled.
  { timeout: 400_000, retry: 0 },
  async ([name, times], { skip }) => {
    const fault = faults.find((known) => known.name === name);
    if (!fault) throw new Error(`There is no fault ${name}`);
    const seed = Math.floor(Math.random() * 1_000_000);
    const result = await runFault(fault, { servers, seed, rounds: times });
    skip(result.skipped !== undefined, result.skipped);
    expect(result.problems, `seed ${seed}`).toEqual([]);
    expect(result).toMatchObject({ times, balanced: times, lost: 0, doubled: 0 });
    expect(result.accepted).toBeGreaterThan(100);
  },
);
