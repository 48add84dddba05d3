import { once as event } from "node:events";
import { parseArgs } from "node:util";
import { explain, showLine } from "../local/progress";
import { SetupError } from "../local/setup-error";
import { Running, stopSignal } from "./running";
import { runBusyDay, stayUp } from "./session";
import { startDemo } from "./start-demo";

const interruptedCode = 130;

function readOptions(): { once: boolean } {
  try {
    return parseArgs({ options: { once: { type: "boolean", default: false } } }).values;
  } catch (error) {
    throw new SetupError(`${(error as Error).message}\nUsage: npm run demo [-- --once]`);
  }
}

/** Returns the exit code. */
async function run(running: Running, stop: AbortSignal): Promise<number> {
  const { once } = readOptions();
  const start = async () => runBusyDay(await startDemo(running, { once }));
  const result = await Promise.race([start(), event(stop, "abort").then(() => undefined)]);
  if (!result) return interruptedCode;
  if (once || !result.succeeded) return result.succeeded ? 0 : 1;
  return stayUp(result, stop);
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
