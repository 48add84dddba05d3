import autocannon from "autocannon";
import type { Shot } from "./shots";

export const connections = 32;

export interface ClosedLoopSample {
  answers: number;
  requestsPerSecond: number;
  /** How much of a core the generator itself used: near 1, it was the limit and not the server. */
  generatorCores: number;
}

/**
 * As many requests as the server answers, one at a time on each connection.
 * @throws Error when any answer is not 200
 */
export async function closedLoop(
  origin: string,
  nextShot: () => Shot,
  seconds: number,
): Promise<ClosedLoopSample> {
  const cpuBefore = process.cpuUsage();
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
    generatorCores: (cpu.user + cpu.system) / 1e6 / result.duration,
  };
}
