/** `npm run test:faults [-- fault … --rounds n --seed n --json file]`: see docs/reliability.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildIfChanged } from "../../scripts/demo/build-if-changed";
import { explain, showLine, showPassing } from "../../scripts/local/progress";
import { SetupError } from "../../scripts/local/setup-error";
import { ensureSystemProgram } from "../../scripts/local/system-packages";
import { faults } from "./cases";
import type { Fault } from "./fault";
import { reportTable, verdict } from "./report";
import { runFault, type FaultResult } from "./run-fault";
import { startFaultServers } from "./servers";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const DEFAULT_ROUNDS = 20;
/** Faults that are tried at the same time: much of a round is waiting, for leases and for starts. */
const WORKERS = 2;

type Options = ReturnType<typeof readOptions>;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: "string" }, seed: { type: "string" }, json: { type: "string" } },
  });
  const unknown = positionals.filter((name) => !faults.some((fault) => fault.name === name));
  if (unknown.length > 0) {
    const names = faults.map(({ name }) => name).join(", ");
    throw new SetupError(`Unknown: ${unknown.join(", ")}. There are: ${names}`);
  }
  const chosen = faults.filter(({ name }) => positionals.includes(name));
  return {
    chosen: chosen.length > 0 ? chosen : faults,
    rounds: wholeNumber("--rounds", values.rounds),
    seed: wholeNumber("--seed", values.seed) ?? Math.floor(Math.random() * 1_000_000),
    json: values.json,
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new SetupError(`${name} must be a whole number`);
  return Number(text);
}

/** Every fault gets its own servers, so that none begins with what another one has left behind. */
async function runOne(fault: Fault, { rounds, seed }: Options): Promise<FaultResult> {
  const servers = await startFaultServers();
  const planned = rounds ?? fault.rounds ?? DEFAULT_ROUNDS;
  try {
    return await runFault(fault, {
      servers,
      seed,
      rounds: planned,
      onRound: (round) => showPassing(`${fault.name}: ${round} of ${planned}`),
    });
  } finally {
    await servers.stop();
  }
}

async function main(): Promise<boolean> {
  const options = readOptions();
  await ensureSystemProgram("redis");
  for (const { needs } of options.chosen) {
    // Without its program a fault is skipped, and reported as skipped.
    if (needs) await ensureSystemProgram(needs).catch(() => undefined);
  }
  await buildIfChanged(root);
  showLine(`Seed ${options.seed}`);
  const results = new Map<Fault, FaultResult>();
  const waiting = [...options.chosen];
  async function work(): Promise<void> {
    for (let fault = waiting.shift(); fault; fault = waiting.shift()) {
      const result = await runOne(fault, options);
      results.set(fault, result);
      showLine(`${verdict(result)} (${result.seconds.toFixed(0)} s)`);
      for (const problem of result.problems) showLine(`  ${problem}`);
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, work));
  const inOrder = options.chosen.flatMap((fault) => results.get(fault) ?? []);
  showLine(`\n${reportTable(inOrder)}`);
  if (options.json !== undefined) {
    mkdirSync(path.dirname(options.json), { recursive: true });
    writeFileSync(options.json, JSON.stringify({ seed: options.seed, results: inOrder }, null, 2));
  }
  return inOrder.every(({ problems }) => problems.length === 0);
}

// Through the exit handlers, which kill the application; guardians stop the servers.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
let succeeded = false;
try {
  succeeded = await main();
} catch (error) {
  showLine(`✗ ${explain(error)}`);
}
process.exit(succeeded ? 0 : 1);
