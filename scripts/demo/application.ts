import path from "node:path";
import { type GuardedProcess, startGuarded, stopLeftover } from "../local/guarded-process";
import { freePort, isPortFree } from "../local/ports";
import { SetupError } from "../local/setup-error";
import { dataFolder, root } from "./demo-settings";

const defaultPort = 3000;
const stopSignal = "SIGTERM";
const record = path.join(dataFolder, "server.process.json");
export const serverLog = path.join(dataFolder, "server.log");
export const host = process.env.HOST || "127.0.0.1";

/** The application's port. Any free port will do for a demo that nobody will look at. */
export async function choosePort({ once }: { once: boolean }): Promise<number> {
  await stopLeftover(record, stopSignal);
  const wished = process.env.PORT;
  const port = Number(wished || defaultPort);
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new SetupError(`PORT is ${wished}, which is not a port`);
  }
  if (once && !wished && !(await isFree(port))) return freePort();
  await requireFree(port);
  return port;
}

/** Any other server on the port would be taken for the application. */
async function requireFree(port: number): Promise<void> {
  if (await isFree(port)) return;
  throw new SetupError(`Port ${port} is in use. Choose another: PORT=${port + 1} npm run demo`);
}

async function isFree(port: number): Promise<boolean> {
  return (await isPortFree(port, host)) && isPortFree(port, "::1");
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
    logFile: serverLog,
    env: { ...process.env, ...env },
  });
}
