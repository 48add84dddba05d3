/** A share of many schedules, in a process of its own: `worker.ts <first seed> <past the last> <step>`. */
import { simulate } from "./driver";
import { addCounts, story } from "./story";

export interface ShareReport {
  /** Since the last report. */
  schedules: number;
  steps: number;
  counts: Array<[kind: string, count: number]>;
  /** The story of the schedule that broke the promise; the share ends with it. */
  violation?: string;
}

const REPORTED_AT_ONCE = 100;
const [first = 0, end = 0, step = 1] = process.argv.slice(2).map(Number);
let report: ShareReport = { schedules: 0, steps: 0, counts: [] };
let counts = new Map<string, number>();

function send(violation?: string): Promise<void> {
  const sent = { ...report, counts: [...counts], ...(violation ? { violation } : {}) };
  report = { schedules: 0, steps: 0, counts: [] };
  counts = new Map();
  return new Promise((resolve) => process.send?.(sent, () => resolve()));
}

for (let seed = first; seed < end; seed += step) {
  const simulation = await simulate(seed);
  report.schedules += 1;
  report.steps += simulation.steps;
  addCounts(counts, simulation.counts);
  if (simulation.violation !== undefined) {
    await send(story(simulation));
    break;
  }
  if (report.schedules === REPORTED_AT_ONCE) await send();
}
await send();
process.disconnect();
