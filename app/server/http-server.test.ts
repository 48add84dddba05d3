import { once } from "node:events";
import { get } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { pino } from "pino";
import { expect, it } from "vitest";
import { createHttpServer } from "./http-server.server";

it("silent connections make room when there are too many, and the log says so once", async () => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const server = createHttpServer((_request, response) => response.end("served"), {
    maxConnections: 20,
    logger,
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const silent: Socket[] = [];
  for (let number = 0; number < 20; number += 1) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    silent.push(socket);
    await once(socket, "connect");
  }
  const ask = () =>
    new Promise<number | undefined>((resolve) => {
      const request = get({ port, host: "127.0.0.1", agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on("error", () => resolve(undefined));
    });
  await expect.poll(ask).toBe(200);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    msg: "MAX_CONNECTIONS is reached",
    maxConnections: 20,
  });
  for (const socket of silent) socket.destroy();
  server.closeAllConnections();
  server.close();
}, 20_000);
