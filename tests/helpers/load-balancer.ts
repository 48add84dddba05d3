import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type LoadBalancer = Awaited<ReturnType<typeof loadBalancer>>;

/**
 * Sends each request to the next of the origins, and to the one after it when that takes no connection. A
 * request that fails later is not repeated, because it may have been carried out: its client is disconnected.
 */
export async function loadBalancer(origins: () => string[]) {
  let turn = 0;

  function forward(incoming: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const [first, ...others] = origins().map((_, index, all) => all[(turn + index) % all.length]!);
    turn += 1;
    const attempt = (origin: string | undefined, rest: string[]) => {
      if (origin === undefined) return void response.writeHead(503).end();
      const { remoteAddress = "" } = incoming.socket;
      const onward = request(new URL(incoming.url ?? "/", origin), {
        method: incoming.method,
        headers: { ...incoming.headers, "x-forwarded-for": remoteAddress },
      });
      onward.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ECONNREFUSED") attempt(rest[0], rest.slice(1));
        else response.destroy();
      });
      onward.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on("error", () => response.destroy()).pipe(response);
      });
      onward.end(body);
    };
    attempt(first, others);
  }

  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => forward(incoming, Buffer.concat(pieces), response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
