import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { percentile } from "../report";
import type { Shot } from "./shots";

/** Milliseconds. */
export interface OpenLoopSample {
  answers: number;
  p50: number;
  p99: number;
  max: number;
}

/** Far more connections than are needed, so that a slow answer never delays the next request. */
const mostConnections = 512;

/**
 * Sends at a fixed rate, evenly, whether or not the server keeps up, and counts each latency from the moment
 * when the request was due: the wait behind a slow answer is part of it. (autocannon sends the requests of a
 * second at its beginning, and corrects latencies as if one were due every millisecond.)
 * The timer makes latencies up to a millisecond longer than they were.
 * @throws Error when any answer is not 200
 */
export async function openLoop(
  origin: string,
  nextShot: () => Shot,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<OpenLoopSample> {
  const agent = new Agent({ keepAlive: true, maxSockets: mostConnections });
  const total = rate * seconds;
  const interval = 1_000 / rate;
  const answers: Array<Promise<number>> = [];
  const started = performance.now();
  while (answers.length < total) {
    const due = Math.min(total, Math.floor((performance.now() - started) / interval) + 1);
    while (answers.length < due) {
      const dueAt = started + answers.length * interval;
      const answer = fire(agent, origin, nextShot()).then(() => performance.now() - dueAt);
      // Failures are checked when all requests have ended.
      answer.catch(() => undefined);
      answers.push(answer);
    }
    await pause(1);
  }
  await Promise.allSettled(answers);
  agent.destroy();
  const latencies = await Promise.all(answers);
  return {
    answers: total,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    max: percentile(latencies, 100),
  };
}

function fire(agent: Agent, origin: string, shot: Shot): Promise<void> {
  const { method, path, body = "" } = shot;
  const headers = { ...shot.headers, "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, origin), { method, agent, headers }, (incoming) => {
      incoming.resume();
      incoming.on("error", reject);
      incoming.on("end", () => {
        if (incoming.statusCode === 200) resolve();
        else reject(new Error(`${method} ${path} answered ${incoming.statusCode}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
