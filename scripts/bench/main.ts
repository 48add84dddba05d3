/** `npm run bench`: measures the product beside what it replaces and beside what the machine can do. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Running } from "../demo/running";
import { stopSignal } from "../demo/stop-signal";
import { explain, showLine } from "../local/progress";
import { measureCounting, measureReading } from "./load/load-parts";
import { describeMachine } from "./machine";
import { readOptions, type BenchOptions, type PartName } from "./options";
import { measureBrowser } from "./pages/browser-part";
import { measurePages } from "./pages/pages-part";
import { renderMarkdown, renderText, type PartResult } from "./report";
import { benchFolder, postgresSettings, setStage, type Stage } from "./stage";
import { measureSync } from "./sync/sync-part";

type Part = (stage: Stage, options: BenchOptions, running: Running) => Promise<PartResult>;

const parts: Record<PartName, Part> = {
  sync: measureSync,
  counting: measureCounting,
  reading: measureReading,
  pages: measurePages,
  browser: measureBrowser,
};

async function measure(options: BenchOptions, running: Running): Promise<void> {
  const stage = await setStage(running);
  const machine = describeMachine(stage.versions);
  const results: PartResult[] = [];
  for (const name of options.parts) {
    showLine(`\n▶ ${name}`);
    results.push(await parts[name](stage, options, running));
  }
  await publish(results, machine, options);
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
  const render = options.markdown ? renderMarkdown : renderText;
  showLine(`\nMeasured on ${measuredAt.slice(0, 10)}: ${machine.join("; ")}.`);
  for (const table of results.flatMap(({ tables }) => tables)) showLine(`\n${render(table)}`);
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
