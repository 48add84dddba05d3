import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GET as cleanup } from "../../ops/vercel/api/cleanup";
import { GET as sync } from "../../ops/vercel/api/sync-views";

const secret = "cron-secret-0123456789";
const ask = (authorization?: string, call = sync) =>
  call(
    new Request("https://cron.example/api/sync-views", {
      headers: authorization ? { Authorization: authorization } : {},
    }),
  );

describe("Vercel's cron", () => {
  const received: IncomingMessage[] = [];
  const deployment = createServer((request, response) => {
    received.push(request);
    response.writeHead(500, { "Content-Type": "application/json" }).end('{"success":false}');
  });

  beforeEach(async () => {
    await once(deployment.listen(0, "127.0.0.1"), "listening");
    vi.stubEnv("CRON_SECRET", secret);
    const { port } = deployment.address() as AddressInfo;
    vi.stubEnv("FORUM_VIEWS_ORIGIN", `http://127.0.0.1:${port}`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    received.length = 0;
    deployment.close();
    deployment.closeAllConnections();
  });

  it.each([
    ["sync", sync, "/api/v1/forum/sync-views?onConflict=skip"],
    ["cleanup", cleanup, "/api/v1/forum/cleanup"],
  ])("passes the call of the %s on, and the answer back", async (_name, call, path) => {
    const answer = await ask(`Bearer ${secret}`, call);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ success: false });
    const [request] = received;
    expect(`${request?.method} ${request?.url}`).toBe(`POST ${path}`);
    expect(request?.headers.authorization).toBe(`Bearer ${secret}`);
  });

  it("passes nobody else's call on", async () => {
    expect((await ask()).status).toBe(401);
    expect((await ask("Bearer undefined")).status).toBe(401);
    vi.stubEnv("CRON_SECRET", undefined);
    expect((await ask("Bearer undefined")).status).toBe(401);
    expect(received).toEqual([]);
  });
});
