import { step } from "../../local/progress";
import { closedLoop, connections, type ClosedLoopSample } from "./closed-loop";
import { openLoop, type OpenLoopSample } from "./open-loop";
import type { Shot } from "./shots";

/** A server that answers the requests. */
export interface Answerer {
  name: string;
  origin: string;
  pid: number;
}

/** One endpoint under load. */
export interface LoadPlan {
  title: string;
  nextShot: () => Shot;
  /** Requests per second of the open loops. */
  rates: number[];
  /**
   * Gets the number of answers; up to `uncertain` further requests may have been carried out. @throws if
   * wrong
   */
  verify?: (answers: number, uncertain: number) => Promise<void>;
}

export interface LoadCase {
  title: string;
  answerer: string;
  closed: ClosedLoopSample[];
  open: Array<{ rate: number; samples: OpenLoopSample[] }>;
}

const closedSeconds = 3;
const openSeconds = 2;
const warmUpSeconds = 2;

/** Every round measures each answerer in each way once; each round begins with a different one. */
export async function measureLoad(
  plan: LoadPlan,
  answerers: Answerer[],
  rounds: number,
): Promise<LoadCase[]> {
  const { title, nextShot, rates, verify } = plan;
  const cases = answerers.map(({ name, ...server }) => ({
    server,
    result: {
      title,
      answerer: name,
      closed: [] as ClosedLoopSample[],
      open: rates.map((rate) => ({ rate, samples: [] as OpenLoopSample[] })),
    },
  }));
  const measureClosed = async (server: Omit<Answerer, "name">, seconds: number) => {
    const sample = await closedLoop(server, nextShot, seconds);
    await verify?.(sample.answers, connections);
    return sample;
  };
  const round = async (index: number) => {
    for (const turn of cases.keys()) {
      const { server, result } = cases[(index + turn) % cases.length]!;
      result.closed.push(await measureClosed(server, closedSeconds));
      for (const { rate, samples } of result.open) {
        const sample = await openLoop(server.origin, nextShot, { rate, seconds: openSeconds });
        await verify?.(sample.answers, 0);
        samples.push(sample);
      }
    }
  };
  await step(title, async () => {
    for (const { server } of cases) await measureClosed(server, warmUpSeconds);
    for (let index = 0; index < rounds; index += 1) await round(index);
  });
  return cases.map(({ result }) => result);
}
