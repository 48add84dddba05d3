import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "../local/run-command";

export type Verdict =
  /** `by`: the tests that failed. */
  | { kind: "failed"; by: string[] }
  | { kind: "passed" }
  /** Nothing was tested: the tests could not be built, started or ended. */
  | { kind: "broken"; why: string };

interface VitestReport {
  numPassedTests: number;
  testResults: Array<{
    name: string;
    assertionResults: Array<{ status: string; fullName: string }>;
  }>;
}

const LONGEST_BUILD = 300;
const LONGEST_TESTS = 900;
const SHOWN_OUTPUT = 1_500;

/** Runs test files in a folder. `bail`: up to the first test that fails. */
export async function runTests(
  folder: string,
  files: string[],
  { build, bail }: { build: boolean; bail: boolean },
): Promise<Verdict> {
  const problem = build ? await buildProblem(folder) : undefined;
  if (problem !== undefined) return { kind: "broken", why: problem };
  const report = path.join(folder, ".data/mutation-report.json");
  await rm(report, { force: true });
  const projects = new Set(
    files.map((file) => (file.startsWith("tests/integration/") ? "integration" : "unit")),
  );
  const args = ["node_modules/vitest/vitest.mjs", "run", ...files];
  for (const project of projects) args.push("--project", project);
  args.push("--reporter=json", `--outputFile.json=${report}`, ...(bail ? ["--bail=1"] : []));
  const { ok, output } = await runCommand(process.execPath, args, {
    cwd: folder,
    seconds: LONGEST_TESTS,
  });
  const outcome = await readReport(report);
  if (!outcome) return { kind: "broken", why: output.slice(-SHOWN_OUTPUT) };
  if (outcome.failed.length > 0) return { kind: "failed", by: outcome.failed };
  if (ok && outcome.passed > 0) return { kind: "passed" };
  return { kind: "broken", why: output.slice(-SHOWN_OUTPUT) };
}

async function buildProblem(folder: string): Promise<string | undefined> {
  for (const args of [["node_modules/.bin/remix", "build"], ["scripts/build-server.mjs"]]) {
    const options = { cwd: folder, seconds: LONGEST_BUILD };
    const { ok, output } = await runCommand(process.execPath, args, options);
    if (!ok) return output.slice(-SHOWN_OUTPUT);
  }
  return undefined;
}

async function readReport(file: string) {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { numPassedTests, testResults } = JSON.parse(text) as VitestReport;
  const failed = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName }) => `${path.basename(name)}: ${fullName}`),
  );
  return { passed: numPassedTests, failed };
}
