/**
 * Many simulated schedules on all cores: `npm run test:simulation -- [schedules] [first seed]`. Ends with
 * 1 and the story of the first schedule that breaks the promise.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { addCounts, listCounts } from "../tests/simulation/story";
import type { ShareReport } from "../tests/simulation/worker";
import { count, secondsSince, showLine } from "./local/progress";

const SHOWN_TIMES = 20;
const [schedules = 20_000, firstSeed = 1] = process.argv.slice(2).map(Number);
if (!(schedules >= 1 && firstSeed >= 0)) {
  process.stderr.write("Usage: npm run test:simulation -- [schedules] [first seed]\n");
  process.exit(1);
}
const end = firstSeed + schedules;
const cores = Math.min(availableParallelism(), schedules);
const started = performance.now();
const totals = new Map<string, number>();
let done = 0;
let steps = 0;
let shown = 0;
let violation: string | undefined;

function note(report: ShareReport): void {
  done += report.schedules;
  steps += report.steps;
  addCounts(totals, report.counts);
  violation ??= report.violation;
  if (violation !== undefined) for (const share of shares) share.kill();
  const part = Math.floor((SHOWN_TIMES * done) / schedules);
  if (part === shown) return;
  shown = part;
  const far = `${count(done)} of ${count(schedules)} schedules, ${count(steps)} steps`;
  showLine(`${far} (${secondsSince(started)} s)`);
}

showLine(`Seeds ${firstSeed} to ${end - 1}, on ${cores} cores`);
const shares: ChildProcess[] = Array.from({ length: cores }, (_, share) =>
  fork("tests/simulation/worker.ts", [firstSeed + share, end, cores].map(String), {
    execArgv: ["--import", "tsx"],
  }),
);
const ended = shares.map((share) => {
  share.on("message", (report) => note(report as ShareReport));
  return once(share, "exit");
});
const codes = (await Promise.all(ended)).map(([code]) => code as number | null);
if (violation !== undefined) showLine(`✗ ${violation}`);
else if (codes.some((code) => code !== 0)) showLine("✗ a share broke off");
else
  showLine(
    `✓ ${count(done)} schedules, ${count(steps)} steps, no violation\n${listCounts(totals)}`,
  );
process.exit(violation === undefined && codes.every((code) => code === 0) ? 0 : 1);
