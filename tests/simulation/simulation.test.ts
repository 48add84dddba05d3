import { describe, expect, it } from "vitest";
import { simulate } from "./driver";
import { addCounts, listCounts, story } from "./story";

/**
 * The real engine, tracker, reader, repairs, books and regression over stores in memory, with faults and interleavings
 * that follow from a seed. They take about two minutes of one core; `npm run test:simulation` runs more, on all cores.
 * To replay a seed: npm run test:simulation -- 1 <seed>.
 */
const schedules = Number(process.env.SIMULATION_SCHEDULES ?? 20_000);
const firstSeed = Number(process.env.SIMULATION_SEED ?? 1);

describe("simulated schedules", () => {
  it("keep the promise at every step", { timeout: 3_600_000 }, async () => {
    const totals = new Map<string, number>();
    let steps = 0;
    console.info(`Seeds ${firstSeed} to ${firstSeed + schedules - 1}`);
    for (let seed = firstSeed; seed < firstSeed + schedules; seed += 1) {
      const simulation = await simulate(seed);
      if (simulation.violation !== undefined) expect.fail(story(simulation));
      steps += simulation.steps;
      addCounts(totals, simulation.counts);
    }
    console.info(`${steps} steps, no violation\n${listCounts(totals)}`);
  });

  it("replay exactly", { timeout: 60_000 }, async () => {
    for (const seed of [firstSeed, firstSeed + 1, firstSeed + 2]) {
      const [first, second] = [await simulate(seed), await simulate(seed)];
      expect(second.trace).toEqual(first.trace);
      expect(second.digest).toBe(first.digest);
    }
    expect((await simulate(firstSeed)).digest).not.toBe((await simulate(firstSeed + 1)).digest);
  });
});
