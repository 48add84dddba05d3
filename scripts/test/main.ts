/** `npm test [-- step …]`: everything that has to pass, with a summary at the end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { ensureBrowser } from "../local/browser";
import { explain, secondsSince, showLine, step } from "../local/progress";
import { npmCommand } from "../local/run-npm";
import { SetupError } from "../local/setup-error";
import { ensureSystemProgram, findSystemProgram } from "../local/system-packages";
import { type TestReport, type Totals, totalsOf } from "./test-report";

interface TestStep {
  name: string;
  /** The arguments of `npm run`. */
  npm: string[];
  /** Steps without a report count as one test. */
  report?: TestReport;
}

type StepResult = ReturnType<typeof totalsOf> & { name: string; outcome: string };

function vitest(name: string): TestStep {
  const file = `.data/test/${name}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  return { name, npm: [`test:${name}`, "--", ...reporters], report: { kind: "vitest", file } };
}

/** Runs before all other steps, because it also generates code that they need. */
const build: TestStep = { name: "build", npm: ["build"] };
/** These steps compute, and run in parallel with those with servers and browsers, which mostly wait. */
const computing: TestStep[] = [
  { name: "lint", npm: ["lint"] },
  { name: "typecheck", npm: ["typecheck"] },
  { name: "format", npm: ["format:check"] },
  { name: "deadcode", npm: ["deadcode"] },
  vitest("unit"),
];
const withServers: TestStep[] = [
  vitest("integration"),
  { name: "e2e", npm: ["test:e2e"], report: { kind: "playwright", file: ".data/test/e2e.json" } },
];

/** Installs what the chosen steps need in addition to npm packages. */
async function prepare(isChosen: (step: { name: string }) => boolean): Promise<void> {
  const willRun = (...names: string[]) => names.some((name) => isChosen({ name }));
  if (willRun("integration", "e2e") && !process.env.REDIS_URL) await ensureSystemProgram("redis");
  if (willRun("integration")) {
    await ensureSystemProgram("openssl");
    if (!findSystemProgram("promtool")) {
      showLine("– promtool is not here: its checks are skipped. `npm run test:ops` installs it");
    }
  }
  if (willRun("e2e")) {
    const browser = await step("A browser", ensureBrowser, ({ version }) => `Chromium ${version}`);
    if (browser.executablePath) process.env.CHROMIUM_PATH = browser.executablePath;
  }
}

const running = new Set<ChildProcess>();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    process.exitCode = 130;
    for (const child of running) child.kill(signal);
  });
}

/** Runs one step; `show` says where its output goes. */
async function runStep(
  { name, npm, report }: TestStep,
  show: "at once" | "when it fails",
): Promise<StepResult> {
  if (show === "at once") showLine(`\n▶ ${name}`);
  if (report) rmSync(report.file, { force: true });
  const started = performance.now();
  const [command, args] = npmCommand(["run", "--silent", ...npm]);
  const child = spawn(command, args, {
    stdio: show === "at once" ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const [code] = (await once(child, "close")) as [number | null];
  running.delete(child);
  if (process.exitCode) process.exit();
  if (code !== 0 && output !== "") showLine(`\n✗ ${name}\n${output}`);
  const outcome = `${code === 0 ? "passed" : "failed"} in ${secondsSince(started)} s`;
  return { name, ...totalsOf(report, code === 0), outcome };
}

async function runInTurn(steps: TestStep[], show: Parameters<typeof runStep>[1]) {
  const results: StepResult[] = [];
  for (const current of steps) results.push(await runStep(current, show));
  return results;
}

function showSummary(results: StepResult[]): void {
  showLine("");
  for (const { name, passed, failed, failures, flaky, outcome } of results) {
    const counts = `${passed} passed, ${failed} failed`;
    const sign = failed > 0 ? "✗" : passed > 0 ? "✓" : "–";
    showLine(`${sign} ${name.padEnd(12)} ${counts.padEnd(24)} ${outcome}`);
    for (const failure of failures) showLine(`  ✗ ${failure}`);
    for (const test of flaky) showLine(`  ~ passed only when it was repeated: ${test}`);
  }
}

async function runAll(names: string[]): Promise<Totals> {
  const known = [build, ...computing, ...withServers].map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new SetupError(`Unknown: ${unknown.join(", ")}. There are: ${known.join(", ")}`);
  }
  const isChosen = ({ name }: { name: string }) => names.length === 0 || names.includes(name);
  await prepare(isChosen);
  const results = await runInTurn([build].filter(isChosen), "at once");
  if (results.some(({ failed }) => failed > 0)) {
    const nothing = { passed: 0, failed: 0, failures: [], flaky: [] };
    results.push({ name: "the rest", ...nothing, outcome: "not run" });
  } else {
    const beside = withServers.filter(isChosen);
    const both = [
      runInTurn(computing.filter(isChosen), beside.length > 0 ? "when it fails" : "at once"),
      runInTurn(beside, "at once"),
    ];
    results.push(...(await Promise.all(both)).flat());
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
