/**
 * Takes the guards of the product away, one at a time, and looks whether the tests notice:
 * `npm run test:mutations -- [name …]`. Each mutation is made in a copy of the tree.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { JsonTestResults } from "vitest/node";
import { explain, secondsSince, showLine } from "../local/progress";
import { runCommand } from "../local/run-command";
import { mutations } from "./list";
import { mutate, type Mutation } from "./mutation";

interface Verdict {
  /** It did not run if the tests could not be started, or did not end properly. */
  kind: "caught" | "SURVIVED" | "DID NOT RUN";
  /** The tests that failed, or why nothing was tested. */
  details: string[];
}

/** As many as the smallest machine has cores: each copy runs PostgreSQL, Redis and tests. */
const COPIES = 2;
const LONGEST_TESTS_SECONDS = 900;
const SHOWN_OUTPUT = 1_500;
/** Folders that a copy does not need, or that are made again where they are needed. */
const NOT_COPIED = ["node_modules", ".git", "build", "public/build", ".data", ".cache"];
const root = process.cwd();

async function copyTree(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "forum-views-mutation-"));
  await cp(root, folder, {
    recursive: true,
    filter: (source) => !NOT_COPIED.includes(path.relative(root, source)),
  });
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  return folder;
}

async function runTests(folder: string, files: string[], ...options: string[]): Promise<Verdict> {
  const report = path.join(folder, ".data/mutation-report.json");
  await rm(report, { force: true });
  const reporters = ["--reporter=json", `--outputFile.json=${report}`];
  const { ok, output } = await runCommand(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", ...files, ...options, ...reporters],
    { cwd: folder, seconds: LONGEST_TESTS_SECONDS },
  );
  const text = await readFile(report, "utf8").catch(() => `{"numPassedTests":0,"testResults":[]}`);
  const { numPassedTests, testResults } = JSON.parse(text) as JsonTestResults;
  const failed = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName }) => `${path.basename(name)}: ${fullName}`),
  );
  if (failed.length > 0) return { kind: "caught", details: failed };
  if (ok && numPassedTests > 0) return { kind: "SURVIVED", details: [] };
  return { kind: "DID NOT RUN", details: [output.slice(-SHOWN_OUTPUT)] };
}

async function tryOut(folder: string, mutation: Mutation): Promise<Verdict> {
  const file = path.join(folder, mutation.file);
  const source = await readFile(file, "utf8");
  try {
    await writeFile(file, mutate(source, mutation));
    return await runTests(folder, [mutation.test], "--bail=1");
  } catch (error) {
    return { kind: "DID NOT RUN", details: [explain(error)] };
  } finally {
    await writeFile(file, source);
  }
}

/** A test that fails even without a mutation would seem to notice every one. */
async function passWithoutMutation(folder: string, chosen: Mutation[]): Promise<boolean> {
  const files = [...new Set(chosen.map(({ test }) => test))];
  const started = performance.now();
  const { kind, details } = await runTests(folder, files);
  const passed = kind === "SURVIVED";
  const outcome = passed ? "pass" : "do not pass";
  showLine(
    `Without a mutation, ${files.length} test files ${outcome} (${secondsSince(started)} s)`,
  );
  for (const detail of details) showLine(`    ${detail}`);
  return passed;
}

/** Whether the tests notice every mutation. */
async function checkMutations(chosen: Mutation[], folders: string[]): Promise<boolean> {
  for (let copy = 0; copy < COPIES; copy += 1) folders.push(await copyTree());
  if (!(await passWithoutMutation(folders[0]!, chosen))) return false;
  const waiting = [...chosen];
  let caught = 0;
  const worker = async (folder: string) => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const started = performance.now();
      const { kind, details } = await tryOut(folder, next);
      showLine(`${kind}: ${next.name} (${secondsSince(started)} s). ${next.guard}`);
      for (const detail of details) showLine(`    ${detail}`);
      if (kind === "caught") caught += 1;
    }
  };
  await Promise.all(folders.map(worker));
  showLine(`\n${caught} of ${chosen.length} caught`);
  return caught === chosen.length;
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !mutations.some((mutation) => mutation.name === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no mutation called ${unknown.join(", ")}\n`);
  process.exit(1);
}
const folders: string[] = [];
const removeCopies = () =>
  Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
const interrupt = () => void removeCopies().finally(() => process.exit(130));
process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
try {
  const chosen = mutations.filter(({ name }) => names.length === 0 || names.includes(name));
  process.exitCode = (await checkMutations(chosen, folders)) ? 0 : 1;
} finally {
  await removeCopies();
}
process.exit();
