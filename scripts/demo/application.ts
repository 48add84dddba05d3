import { readFile } from "node:fs/promises";
import path from "node:path";
import { type GuardedProcess, startGuarded, stopLeftover } from "../local/guarded-process";
import { freePort, isPortFree } from "../local/ports";
import { SetupError } from "../local/setup-error";
import { waitUntil } from "../local/wait-until";
import type { ApiClient } from "./api-client";
import { dataFolder, root } from "./demo-settings";

const defaultPort = 3000;
const stopSignal = "SIGTERM";
const record = path.join(dataFolder, "server.process.json");
export const serverLog = path.join(dataFolder, "server.log");

/** The application's port. Any free port will do for a demo that nobody will look at. */
export async function choosePort({ once }: { once: boolean }): Promise<number> {
  await stopLeftover(record, stopSignal);
  const wished = process.env.PORT ? Number(process.env.PORT) : undefined;
  if (wished !== undefined && !(Number.isInteger(wished) && wished > 0 && wished < 65_536)) {
    throw new SetupError(`PORT is ${process.env.PORT}, which is not a port`);
  }
  const port = wished ?? defaultPort;
  if (once && wished === undefined && !(await isFree(port))) return freePort();
  await requireFree(port);
  return port;
}

/** Any other server on the port would be taken for the application. */
async function requireFree(port: number): Promise<void> {
  if (await isFree(port)) return;
  throw new SetupError(`Port ${port} is in use. Choose another: PORT=${port + 1} npm run demo`);
}

async function isFree(port: number): Promise<boolean> {
  const addresses = [host(), "::1"];
  const free = await Promise.all(addresses.map((address) => isPortFree(port, address)));
  return free.every(Boolean);
}

export function host(): string {
  return process.env.HOST || "127.0.0.1";
}

/** Starts the production build; it logs to a file of its own. */
export async function startApplication(
  env: { PORT: string } & Record<string, string>,
): Promise<GuardedProcess> {
  await requireFree(Number(env.PORT));
  return startGuarded({
    command: process.execPath,
    args: [path.join(root, "build/server.mjs")],
    cwd: root,
    stopSignal,
    record,
    removeAfterwards: [],
    logFile: serverLog,
    env: { ...process.env, ...env },
  });
}

/** Waits until the application and what it depends on answer. */
export async function waitUntilReady(application: GuardedProcess, api: ApiClient): Promise<void> {
  await waitUntil(
    async () => {
      if (application.hasExited()) {
        throw new SetupError(`The application did not start:\n${await endOfServerLog()}`);
      }
      return api.isReady();
    },
    { what: `the application to be ready (see ${serverLog})`, seconds: 60, every: 50 },
  );
}

export async function endOfServerLog(): Promise<string> {
  return (await readFile(serverLog, "utf8")).trimEnd().split("\n").slice(-15).join("\n");
}
