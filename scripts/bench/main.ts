/** `npm run bench`: compares the product with what it replaces, and with what the machine can do. */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Running, stopSignal } from "../demo/running";
import { explain, showLine } from "../local/progress";
import { SetupError } from "../local/setup-error";
import {
  benchFolder,
  postgresSettings,
  startBenchServers,
  type BenchServers,
} from "./bench-servers";
import { measureCounting, measureReading } from "./load/load-parts";
import { measurePages } from "./pages/pages-part";
import { renderMarkdown, type PartResult } from "./report";
import { measureSync } from "./sync/sync-part";

export interface BenchOptions {
  parts: string[];
  /** Pending targets of the syncs that are measured. */
  sizes: number[];
  rounds: number;
  /** Days of history that topics have in syncs with a history. */
  history: number;
}

type Part = (servers: BenchServers, options: BenchOptions, running: Running) => Promise<PartResult>;

const parts: Record<string, Part> = {
  sync: measureSync,
  counting: measureCounting,
  reading: measureReading,
  pages: measurePages,
};
const usage = `Usage: npm run bench -- [${Object.keys(parts).join("|")} …] [--sizes 10000,100000] [--rounds 5] [--history 90]`;

/** @throws SetupError naming what is wrong */
function readOptions(): BenchOptions {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        sizes: { type: "string", default: "1000,10000,100000,1000000" },
        rounds: { type: "string", default: "5" },
        history: { type: "string", default: "90" },
      },
    });
    const unknown = positionals.filter((name) => !(name in parts));
    if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(", ")}`);
    return {
      parts: positionals.length > 0 ? positionals : Object.keys(parts),
      sizes: values.sizes.split(",").map(positive),
      rounds: positive(values.rounds),
      history: positive(values.history),
    };
  } catch (error) {
    throw new SetupError(`${(error as Error).message}\n${usage}`);
  }
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`${text} is no positive whole number`);
}

async function measure(options: BenchOptions, running: Running): Promise<void> {
  const servers = await startBenchServers(running);
  const machine = describeMachine(servers.versions);
  const results: PartResult[] = [];
  for (const name of options.parts) {
    showLine(`\n▶ ${name}`);
    results.push(await parts[name]!(servers, options, running));
  }
  const measuredAt = new Date().toISOString();
  const file = path.join(benchFolder, `${measuredAt.replaceAll(":", "-")}.json`);
  await mkdir(benchFolder, { recursive: true });
  const content = { measuredAt, machine, postgresSettings, options, results };
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
  showLine(`\nMeasured on ${measuredAt.slice(0, 10)}: ${machine.join("; ")}.`);
  for (const table of results.flatMap(({ tables }) => tables))
    showLine(`\n${renderMarkdown(table)}`);
  showLine(`\n✓ Every measurement: ${path.relative(process.cwd(), file)}`);
}

/** What the numbers depend on, one fact each. */
function describeMachine({ postgres, redis }: BenchServers["versions"]): string[] {
  const processors = cpus();
  const settings = Object.entries(postgresSettings).map(([name, value]) => `${name}=${value}`);
  return [
    `${processors.length} cores (${processors[0]?.model.trim() || "unknown model"})`,
    `${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${postgres} (${settings.join(", ")})`,
    `Redis ${redis} (appendonly, appendfsync everysec)`,
  ];
}

const running = new Running();
const stop = stopSignal();
const interrupted = new Promise<never>((_, reject) => {
  stop.addEventListener("abort", () => reject(new Error("Interrupted")), { once: true });
});
let exitCode = 0;
try {
  await Promise.race([measure(readOptions(), running), interrupted]);
} catch (error) {
  showLine(`✗ ${stop.aborted ? "Interrupted" : explain(error)}`);
  exitCode = stop.aborted ? 130 : 1;
}
await running.stop();
process.exit(exitCode);
