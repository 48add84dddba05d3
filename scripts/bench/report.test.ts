import { expect, it } from "vitest";
import { percentile, spreadFigure } from "./report";

it.each([
  [[7], 50, 7],
  [[5, 1, 4, 2, 3], 50, 3],
  [[1, 2, 3, 4], 50, 2.5],
  [[10, 20], 95, 19.5],
  [[10, 20, 30], 100, 30],
  [[10, 20, 30], 0, 10],
])("the percentile of %j at %i is %d", (samples, rank, value) => {
  expect(percentile(samples, rank)).toBeCloseTo(value);
});

it("makes no number up where there is none", () => {
  expect(() => percentile([], 50)).toThrow(RangeError);
});

it("shows the median and the extremes by size, not as text", () => {
  expect(spreadFigure([10, 9, 100])).toBe("10 (9–100)");
});
