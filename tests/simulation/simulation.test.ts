import { describe, expect, it } from "vitest";
import { DependencyError } from "~/dependency-error.server";
import { intercept } from "../helpers/intercept";
import { simulate, type Simulation, type SimulationOptions } from "./driver";
import type { SyncLedger } from "~/modules/view-sync/ports";
import { refusal } from "./postgres-twin";
import type { PortWrapper } from "./process";

/**
 * The real engine, tracker, discards and books over stores in memory, with faults and interleavings that
 * follow from a seed. To replay one: SIMULATION_SEED=<seed> SIMULATION_SCHEDULES=1.
 */
const schedules = Number(process.env.SIMULATION_SCHEDULES ?? 1_000);
const firstSeed = Number(process.env.SIMULATION_SEED ?? 1);
const SHOWN_STEPS = 60;

function story({ seed, violation, trace }: Simulation): string {
  const last = trace.slice(-SHOWN_STEPS).join("\n");
  return `${violation}\nSIMULATION_SEED=${seed} SIMULATION_SCHEDULES=1\n${last}`;
}

describe("simulated schedules", () => {
  it("keep the promise at every step", { timeout: 3_600_000 }, async () => {
    const totals = new Map<string, number>();
    let steps = 0;
    console.info(`Seeds ${firstSeed} to ${firstSeed + schedules - 1}`);
    for (let seed = firstSeed; seed < firstSeed + schedules; seed += 1) {
      const simulation = await simulate(seed);
      if (simulation.violation !== undefined) expect.fail(story(simulation));
      steps += simulation.steps;
      for (const [kind, count] of simulation.counts) {
        totals.set(kind, (totals.get(kind) ?? 0) + count);
      }
    }
    const kinds = [...totals].sort().map(([kind, count]) => `  ${count} ${kind}`);
    console.info(`${steps} steps, no violation\n${kinds.join("\n")}`);
  });

  it("replay exactly", async () => {
    for (const seed of [firstSeed, firstSeed + 1, firstSeed + 2]) {
      const [first, second] = [await simulate(seed), await simulate(seed)];
      expect(second.trace).toEqual(first.trace);
      expect(second.digest).toBe(first.digest);
    }
    expect((await simulate(firstSeed)).digest).not.toBe((await simulate(firstSeed + 1)).digest);
  });
});

/** Redis is told that a chunk is applied before PostgreSQL has committed it. */
const settleBeforeCommit: PortWrapper = ({ batches, ledger }) => ({
  batches,
  ledger: intercept(ledger, async (method, call, args) => {
    if (method === "applyChunk") {
      const [run, batch, entries] = args as Parameters<SyncLedger["applyChunk"]>;
      const targets = entries.map(({ target }) => target);
      await batches.settleApplied(run, batch.id, targets);
    }
    return call();
  }),
});

/** A chunk whose answer was lost counts as refused. */
const unknownIsFailed: PortWrapper = ({ batches, ledger }) => ({
  batches,
  ledger: intercept(ledger, async (method, call) => {
    try {
      return await call();
    } catch (error) {
      const isUnknown = error instanceof Error && !(error instanceof DependencyError);
      throw method === "applyChunk" && isUnknown ? refusal("23514") : error;
    }
  }),
});

/** A fault that only a late copy can show is found sooner where nothing else goes wrong. */
const lateCopies = { faults: { rate: 0.5, kinds: ["late copy"] as const } };

describe("the checker finds what breaks without", () => {
  const removals: Array<[guard: string, options: SimulationOptions]> = [
    ["the fence", { postgresWithout: ["fence"] }],
    ["the row's batch guard", { postgresWithout: ["row"] }],
    ["the check before a failure is final", { postgresWithout: ["applied before"] }],
    ["the one running row", { postgresWithout: ["one run"] }],
    ["the owner check", { redisWithout: ["owner"] }],
    ["the seal of a chosen batch", { redisWithout: ["seal"], topics: ["a"], ...lateCopies }],
    ["the mark of a seen viewer", { redisWithout: ["seen"] }],
    [
      "the mark of a discard that is done",
      { redisWithout: ["discard is done"], topics: ["c"], ...lateCopies },
    ],
    ["settling after the commit", { wrapPorts: settleBeforeCommit }],
    ["leaving an unknown outcome open", { wrapPorts: unknownIsFailed }],
  ];
  const MOST_SCHEDULES = 2_000;

  it.each(removals)("%s", { timeout: 300_000 }, async (_guard, options) => {
    let violation: string | undefined;
    for (let seed = 1; violation === undefined && seed <= MOST_SCHEDULES; seed += 1) {
      ({ violation } = await simulate(seed, options));
    }
    // A wrong step of the test itself would also break something.
    expect(violation).toMatch(
      /lost|counted twice|books|had ended|runs are running|targets$|shrink/,
    );
  });
});
