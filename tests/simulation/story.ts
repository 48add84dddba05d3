import type { Simulation } from "./driver";

const SHOWN_STEPS = 60;

/** What broke the promise, how to see it again, and what led to it. */
export function story({ seed, violation, trace }: Simulation): string {
  const last = trace.slice(-SHOWN_STEPS).join("\n");
  return `${violation}\nTo replay it: npm run test:simulation -- 1 ${seed}\n${last}`;
}

/** Adds up kinds of faults and events. */
export function addCounts(totals: Map<string, number>, counts: Iterable<[string, number]>): void {
  for (const [kind, count] of counts) totals.set(kind, (totals.get(kind) ?? 0) + count);
}

/** One line for each kind. */
export function listCounts(totals: Map<string, number>): string {
  return [...totals]
    .sort()
    .map(([kind, count]) => `  ${count} ${kind}`)
    .join("\n");
}
