import { isPortFree } from "./ports";
import { findProgram } from "./run-command";
import { SetupError } from "./setup-error";
import { installWithApt, installWithBrew, stopService } from "./system-packages";

const defaultPort = 6379;

const findBinary = () => findProgram("redis-server", "valkey-server");

/** The Redis server's program; it is installed where that is possible without asking. */
export async function ensureRedisBinary(): Promise<string> {
  const present = findBinary();
  if (present) return present;
  const wasFree = await isPortFree(defaultPort);
  if (await installWithApt("redis-server")) {
    // Debian starts what it installs. We run our own, with our own data, so that one is not needed.
    if (wasFree && !(await isPortFree(defaultPort))) await stopService("redis-server");
  } else {
    await installWithBrew("redis");
  }
  const installed = findBinary();
  if (installed) return installed;
  const command =
    process.platform === "darwin" ? "brew install redis" : "sudo apt-get install redis-server";
  throw new SetupError(
    `Redis is needed and could not be installed: run \`${command}\`, or set REDIS_URL to a Redis that runs.`,
  );
}
