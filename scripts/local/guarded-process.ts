import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { once } from "node:events";
import type { Socket } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startedAt } from "./process-identity.mjs";
import { SetupError } from "./setup-error";
import type { UnprivilegedAccount } from "./unprivileged-account";
import { waitUntil } from "./wait-until";

const guardian = fileURLToPath(new URL("./guardian.mjs", import.meta.url));

/** The order for the guardian: see guardian.mjs. */
export interface GuardianOrder {
  command: string;
  args: string[];
  cwd: string;
  stopSignal: NodeJS.Signals;
  /** A file that names the running process, so that a later run finds one that was left behind. */
  record: string;
  /** Runs the server under this account; under our own when unset. */
  account?: UnprivilegedAccount | undefined;
  /** Folders to delete once the server has stopped. */
  removeAfterwards?: string[];
}

export interface GuardedProcess {
  readonly pid: number;
  /** The exit code, or 128 and the number of the signal that ended it. */
  readonly exited: Promise<number>;
  hasExited(): boolean;
  /** Its last lines. */
  endOfLog(): string;
  /** Waits until it answers. @throws SetupError when it does not in time, or ends instead */
  waitUntilReady(name: string, isReady: () => Promise<boolean>): Promise<void>;
  /** Asks the server to stop, waits until it has, and returns its exit code. */
  stop(): Promise<number>;
}

interface ProcessRecord {
  pid: number;
  startedAt: string;
}

export function readRecord(file: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessRecord;
  } catch {
    return undefined;
  }
}

function isRunning(record: ProcessRecord): boolean {
  return startedAt(record.pid) === record.startedAt;
}

/**
 * Stops the process that an earlier run recorded and did not stop, and waits until it is gone.
 * @returns its process id, or undefined if none was left
 */
export async function stopLeftover(
  recordFile: string,
  signal: NodeJS.Signals,
): Promise<number | undefined> {
  const record = readRecord(recordFile);
  if (!record || !isRunning(record)) return undefined;
  process.kill(record.pid, signal);
  const isGone = () => !isRunning(record);
  try {
    await waitUntil(isGone, { what: `process ${record.pid} to stop`, seconds: 20 });
  } catch {
    if (isRunning(record)) process.kill(record.pid, "SIGKILL");
    await waitUntil(isGone, { what: `process ${record.pid} to end`, seconds: 5 });
  }
  return record.pid;
}

/**
 * Starts a server that stops when this process ends (guardian.mjs stops it, even after a SIGKILL here).
 * Ctrl-C in a terminal does not reach it, so that servers can be stopped in order.
 */
export async function startGuarded(
  order: GuardianOrder & { logFile: string; env?: NodeJS.ProcessEnv },
): Promise<GuardedProcess> {
  const { logFile, env = process.env, ...guardianOrder } = order;
  for (const file of [order.record, logFile]) mkdirSync(path.dirname(file), { recursive: true });
  const log = openSync(logFile, "w");
  const child = spawn(process.execPath, [guardian, JSON.stringify(guardianOrder)], {
    cwd: "/",
    detached: true,
    env,
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  let exitCode: number | undefined;
  const exited = once(child, "exit").then(([code]: unknown[]) => {
    exitCode = typeof code === "number" ? code : 1;
    return exitCode;
  });
  // Neither the guardian nor its pipe keeps a finished parent alive.
  child.unref();
  const lifeline = child.stdin as Socket;
  lifeline.on("error", () => {});
  lifeline.unref();

  const hasExited = () => exitCode !== undefined;
  let pid = 0;
  await waitUntil(
    () => {
      const record = readRecord(order.record);
      if (record && isRunning(record)) pid = record.pid;
      return pid !== 0 || hasExited();
    },
    { what: `${path.basename(order.command)} to be started`, seconds: 15, every: 10 },
  );
  const endOfLog = () => readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-15).join("\n");
  return {
    pid,
    exited,
    hasExited,
    endOfLog,
    waitUntilReady: (name, isReady) =>
      waitUntil(
        () => {
          if (!hasExited()) return isReady();
          throw new SetupError(`${name} did not start. The end of ${logFile}:\n${endOfLog()}`);
        },
        { what: `${name} to be ready (see ${logFile})`, seconds: 60 },
      ),
    stop: () => {
      child.ref();
      lifeline.end();
      return exited;
    },
  };
}
