import { describe, expect, it } from "vitest";
import { percentile, spread } from "./statistics";

describe("percentile", () => {
  it.each([
    [[7], 50, 7],
    [[1, 2, 3, 4, 5], 50, 3],
    [[1, 2, 3, 4], 50, 2.5],
    [[10, 20], 95, 19.5],
    [[10, 20, 30], 100, 30],
    [[10, 20, 30], 0, 10],
  ])("of %j at %i is %d", (sorted, rank, value) => {
    expect(percentile(sorted, rank)).toBeCloseTo(value);
  });

  it("does not make a number up where there is none", () => {
    expect(() => percentile([], 50)).toThrow(RangeError);
  });
});

describe("spread", () => {
  it("orders by size and leaves the samples as they are", () => {
    const samples = [10, 9, 100];
    expect(spread(samples)).toEqual({ median: 10, min: 9, max: 100 });
    expect(samples).toEqual([10, 9, 100]);
  });
});
