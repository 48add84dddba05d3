import { readFile } from "node:fs/promises";
import autocannon from "autocannon";
import type { Shot } from "./shots";

export const connections = 32;

export interface ClosedLoopSample {
  answers: number;
  requestsPerSecond: number;
  /** Microseconds of the server's own CPU for each answer. */
  serverCpu: number;
  /** How much of a core the generator itself used: near 1, it was the limit and not the server. */
  generatorCores: number;
}

/**
 * As many requests as the server answers, one at a time on each connection.
 * @throws Error when any answer is not 200
 */
export async function closedLoop(
  { origin, pid }: { origin: string; pid: number },
  nextShot: () => Shot,
  seconds: number,
): Promise<ClosedLoopSample> {
  const [cpuBefore, serverBefore] = [process.cpuUsage(), await cpuOf(pid)];
  const result = await autocannon({
    url: origin,
    connections,
    duration: seconds,
    requests: [{ setupRequest: (request) => ({ ...request, ...nextShot() }) }],
  });
  const cpu = process.cpuUsage(cpuBefore);
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers were no success, ${result.errors} did not come`);
  }
  return {
    answers: result["2xx"],
    requestsPerSecond: result["2xx"] / result.duration,
    serverCpu: ((await cpuOf(pid)) - serverBefore) / result["2xx"],
    generatorCores: (cpu.user + cpu.system) / 1e6 / result.duration,
  };
}

/** Microseconds of CPU that a process has used: Linux counts them in hundredths of a second. */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // Counted from the end of the command's name, which may have spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
