/** What several rounds of one measurement say: the middle, and how far they were apart. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** @throws RangeError when there are no samples */
export function spread(samples: number[]): Spread {
  const sorted = samples.toSorted((one, other) => one - other);
  return {
    median: percentile(sorted, 50),
    min: percentile(sorted, 0),
    max: percentile(sorted, 100),
  };
}

/**
 * Between two samples it is interpolated.
 * @param sorted ascending
 * @param rank 0 to 100
 * @throws RangeError when there are no samples
 */
export function percentile(sorted: number[], rank: number): number {
  const position = ((sorted.length - 1) * rank) / 100;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("There are no samples");
  return below + (above - below) * (position - Math.floor(position));
}
