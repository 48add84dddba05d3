import { parseArgs } from "node:util";
import { explain, showLine } from "../local/progress";
import { SetupError } from "../local/setup-error";
import { Running } from "./running";
import { runBusyDay, stayUp } from "./session";
import { startDemo } from "./start-demo";
import { stopSignal } from "./stop-signal";

const interruptedCode = 130;

function readOptions(): { once: boolean } {
  try {
    const { values } = parseArgs({ options: { once: { type: "boolean", default: false } } });
    return values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "Unknown option";
    throw new SetupError(`${reason}\nUsage: npm run demo [-- --once]`);
  }
}

function aborted(signal: AbortSignal): Promise<"interrupted"> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve("interrupted"), { once: true });
  });
}

/** Returns the exit code. */
async function run(running: Running, stop: AbortSignal): Promise<number> {
  const { once } = readOptions();
  const start = async () => {
    const demo = await startDemo(running, { once });
    return { demo, ...(await runBusyDay(demo)) };
  };
  const result = await Promise.race([start(), aborted(stop)]);
  if (result === "interrupted") return interruptedCode;
  if (once || !result.succeeded) return result.succeeded ? 0 : 1;
  return stayUp(result.demo, result.accepted, stop);
}

const running = new Running();
let exitCode: number;
try {
  exitCode = await run(running, stopSignal());
} catch (error) {
  showLine(`✗ ${explain(error)}`);
  exitCode = 1;
}
await running.stop();
process.exit(exitCode);
