import { isPortFree } from "./ports";
import { findProgram } from "./run-command";
import { installWithApt, installWithBrew, stopService } from "./system-packages";

const prometheusPort = 9090;

export const findPromtool = () => findProgram("promtool");

/** Prometheus' own checker; it is installed where that is possible without asking. Undefined where it is not. */
export async function ensurePromtool(): Promise<string | undefined> {
  const present = findPromtool();
  if (present) return present;
  const wasFree = await isPortFree(prometheusPort);
  if (await installWithApt("prometheus")) {
    // Debian starts what it installs. Only the checker is needed.
    if (wasFree && !(await isPortFree(prometheusPort))) await stopService("prometheus");
  } else {
    await installWithBrew("prometheus");
  }
  return findPromtool();
}
