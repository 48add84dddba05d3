import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { openLoop } from "./open-loop";
import type { Shot } from "./shots";

const stops: Array<() => void> = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const shot: Shot = { method: "GET", path: "/", headers: {} };
const plan = { rate: 200, seconds: 0.1 };

describe("openLoop", () => {
  it("sends every request, although none is answered before the last", async () => {
    const waiting: ServerResponse[] = [];
    const origin = await serve((_request, response) => {
      waiting.push(response);
      if (waiting.length === plan.rate * plan.seconds) for (const one of waiting) one.end();
    });
    const { answers, p50, p99, max } = await openLoop(origin, () => shot, plan);
    expect(answers).toBe(20);
    expect([p50, p99, max]).toEqual([p50, p99, max].toSorted((one, other) => one - other));
  });

  it("fails when one answer is no success", async () => {
    let answered = 0;
    const origin = await serve((_request, response) => {
      answered += 1;
      response.writeHead(answered === 7 ? 503 : 200).end();
    });
    await expect(openLoop(origin, () => shot, plan)).rejects.toThrow("GET / answered 503");
  });
});
