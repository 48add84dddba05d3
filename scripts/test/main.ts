import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { ensureBrowser } from "../local/browser";
import { explain, secondsSince, showLine, step } from "../local/progress";
import { findPromtool } from "../local/promtool";
import { ensureRedisBinary } from "../local/redis-binary";
import { npmCommand } from "../local/run-npm";
import { SetupError } from "../local/setup-error";
import { type Totals, totalsOf } from "./test-report";
import { type TestStep, testSteps } from "./test-steps";

interface StepResult extends Totals {
  name: string;
  outcome: string;
}

function chosenSteps(names: string[]): TestStep[] {
  const known = testSteps.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new SetupError(`Unknown: ${unknown.join(", ")}. There are: ${known.join(", ")}`);
  }
  return names.length > 0 ? testSteps.filter(({ name }) => names.includes(name)) : testSteps;
}

/** Installs what the chosen steps need beyond npm packages. */
async function prepare(steps: TestStep[]): Promise<void> {
  const willRun = (...names: string[]) =>
    steps.some(({ name, skipped }) => names.includes(name) && !skipped);
  if (willRun("integration", "e2e") && !process.env.REDIS_URL) {
    await step("Redis", ensureRedisBinary, (binary) => `Redis: ${binary}`);
  }
  if (willRun("integration") && !findPromtool()) {
    showLine("– promtool is not here: its checks are skipped. `npm run test:ops` installs it");
  }
  if (willRun("e2e")) {
    const { executablePath } = await step(
      "A browser",
      ensureBrowser,
      ({ version }) => `Chromium ${version}`,
    );
    if (executablePath) process.env.CHROMIUM_PATH = executablePath;
  }
}

async function runStep(current: TestStep): Promise<StepResult> {
  const { name } = current;
  if (current.skipped) {
    return { name, passed: 0, failed: 0, outcome: `skipped: ${current.skipped}` };
  }
  showLine(`\n▶ ${name}`);
  if (current.report) rmSync(current.report.file, { force: true });
  const started = performance.now();
  const [command, args] = npmCommand(["run", "--silent", ...current.npm]);
  const child = spawn(command, args, { stdio: "inherit" });
  const passOn = (signal: NodeJS.Signals) => {
    child.kill(signal);
    process.exitCode = 130;
  };
  process.on("SIGTERM", passOn).on("SIGINT", passOn);
  const [code] = (await once(child, "exit")) as [number | null];
  process.off("SIGTERM", passOn).off("SIGINT", passOn);
  if (process.exitCode) process.exit();
  const totals = totalsOf(current, code === 0);
  const verdict = code === 0 ? "passed" : "failed";
  return { name, ...totals, outcome: `${verdict} in ${secondsSince(started)} s` };
}

function showSummary(results: StepResult[]): void {
  showLine("");
  for (const { name, passed, failed, outcome } of results) {
    const counts = `${passed} passed, ${failed} failed`;
    const sign = failed > 0 ? "✗" : passed > 0 ? "✓" : "–";
    showLine(`${sign} ${name.padEnd(12)} ${counts.padEnd(24)} ${outcome}`);
  }
}

async function runAll(names: string[]): Promise<Totals> {
  const steps = chosenSteps(names);
  await prepare(steps);
  const results: StepResult[] = [];
  for (const current of steps) {
    const result = await runStep(current);
    results.push(result);
    if (result.failed > 0 && current.isPrerequisite) {
      results.push({ name: "the rest", passed: 0, failed: 0, outcome: "not run" });
      break;
    }
  }
  showSummary(results);
  const sum = (part: keyof Totals) => results.reduce((total, result) => total + result[part], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

let totals: Totals = { passed: 0, failed: 1 };
try {
  totals = await runAll(process.argv.slice(2));
} catch (error) {
  showLine(`✗ ${explain(error)}`);
}
showLine(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed > 0 ? 1 : 0);
