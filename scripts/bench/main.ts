/** `npm run bench`: compares the product with what it replaces, and with what the machine can do. */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import path from "node:path";
import { Running, stopSignal } from "../demo/running";
import { explain, showLine } from "../local/progress";
import { measureCounting, measureReading } from "./load/load-parts";
import { readOptions, type BenchOptions, type PartName } from "./options";
import { measurePages } from "./pages/pages-part";
import { renderMarkdown, type PartResult } from "./report";
import {
  benchFolder,
  postgresSettings,
  startBenchServers,
  type BenchServers,
} from "./bench-servers";
import { measureSync } from "./sync/sync-part";

type Part = (servers: BenchServers, options: BenchOptions, running: Running) => Promise<PartResult>;

const parts: Record<PartName, Part> = {
  sync: measureSync,
  counting: measureCounting,
  reading: measureReading,
  pages: measurePages,
};

async function measure(options: BenchOptions, running: Running): Promise<void> {
  const servers = await startBenchServers(running);
  const machine = describeMachine(servers.versions);
  const results: PartResult[] = [];
  for (const name of options.parts) {
    showLine(`\n▶ ${name}`);
    results.push(await parts[name](servers, options, running));
  }
  await publish(results, machine, options);
}

/** What the numbers depend on, one fact each. */
function describeMachine(versions: { postgres: string; redis: string }): string[] {
  const processors = cpus();
  const settings = Object.entries(postgresSettings).map(([name, value]) => `${name}=${value}`);
  return [
    `${processors.length} cores (${processors[0]?.model.trim() || "unknown model"})`,
    `${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${versions.postgres} (${settings.join(", ")})`,
    `Redis ${versions.redis} (appendonly, appendfsync everysec)`,
  ];
}

async function publish(
  results: PartResult[],
  machine: string[],
  options: BenchOptions,
): Promise<void> {
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

const running = new Running();
const stop = stopSignal();
const interrupted = new Promise<never>((_, reject) => {
  stop.addEventListener("abort", () => reject(new Error("Interrupted")), { once: true });
});
let exitCode = 0;
try {
  await Promise.race([measure(readOptions(process.argv.slice(2)), running), interrupted]);
} catch (error) {
  showLine(`✗ ${stop.aborted ? "Interrupted" : explain(error)}`);
  exitCode = stop.aborted ? 130 : 1;
}
await running.stop();
process.exit(exitCode);
