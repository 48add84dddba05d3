import { explain, secondsSince, showLine } from "../local/progress";
import type { Mutation } from "./mutation";
import { runTests, type Verdict } from "./run-tests";
import { TreeCopy } from "./tree-copy";

interface Result {
  mutation: Mutation;
  verdict: Verdict;
}

/** As many as the smallest machine has cores: each runs PostgreSQL, Redis and tests of its own. */
const COPIES = 2;

const words = { failed: "caught", passed: "SURVIVED", broken: "DID NOT RUN" };

/** Whether the tests notice every mutation. Says so line by line, and as a table at the end. */
export async function checkMutations(root: string, mutations: Mutation[]): Promise<boolean> {
  const copies: TreeCopy[] = [];
  const removeCopies = () => Promise.all(copies.map((copy) => copy.remove()));
  const end = () => void removeCopies().finally(() => process.exit(130));
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    for (let copy = 0; copy < COPIES; copy += 1) copies.push(await TreeCopy.make(root));
    if (!(await isGreen(copies[0]!, mutations))) return false;
    const results = await runAll(copies, mutations);
    showTable(results);
    return results.every(({ verdict }) => verdict.kind === "failed");
  } finally {
    await removeCopies();
  }
}

/** A test that fails anyway would notice everything. */
async function isGreen(copy: TreeCopy, mutations: Mutation[]): Promise<boolean> {
  const files = [...new Set(mutations.flatMap(({ tests }) => tests))];
  const build = mutations.some((mutation) => mutation.build);
  const started = performance.now();
  const verdict = await runTests(copy.folder, files, { build, bail: false });
  const isPassed = verdict.kind === "passed";
  showLine(
    `${isPassed ? "✓" : "✗"} without a mutation: ${files.length} test files ${isPassed ? "pass" : "do not pass"} (${secondsSince(started)} s)`,
  );
  if (verdict.kind === "failed") for (const test of verdict.by) showLine(`    ${test}`);
  if (verdict.kind === "broken") showLine(verdict.why);
  return isPassed;
}

async function runAll(copies: TreeCopy[], mutations: Mutation[]): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...mutations];
  await Promise.all(
    copies.map(async (copy) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const started = performance.now();
        const result = { mutation: next, verdict: await tryOut(copy, next) };
        results.push(result);
        const count = `${results.length}/${mutations.length}`;
        showLine(`${count} ${line(result)} (${secondsSince(started)} s)`);
      }
    }),
  );
  return mutations.map((mutation) => results.find((result) => result.mutation === mutation)!);
}

async function tryOut(copy: TreeCopy, mutation: Mutation): Promise<Verdict> {
  const build = mutation.build ?? false;
  try {
    return await copy.whileMutated(mutation, () =>
      runTests(copy.folder, mutation.tests, { build, bail: true }),
    );
  } catch (error) {
    return { kind: "broken", why: explain(error) };
  }
}

function line({ mutation, verdict }: Result): string {
  const what = `${words[verdict.kind]}: ${mutation.name}`;
  return verdict.kind === "broken" ? `${what}\n${verdict.why}` : what;
}

/** As Markdown, to be kept. */
function showTable(results: Result[]): void {
  showLine("\n| mutation | guard | verdict | by |\n| --- | --- | --- | --- |");
  for (const { mutation, verdict } of results) {
    const by = verdict.kind === "failed" ? (verdict.by[0] ?? "") : "";
    const cells = [mutation.name, mutation.guard, words[verdict.kind], by];
    showLine(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
  }
  const caught = results.filter(({ verdict }) => verdict.kind === "failed").length;
  showLine(`\n${caught} of ${results.length} caught`);
}
