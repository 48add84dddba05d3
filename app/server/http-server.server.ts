import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";

/** After this time a connection that transfers nothing is closed. */
const IDLE_LIMIT_MS = 60_000;
/** How long a connection may stay open without a request when the limit of connections is reached. */
const SILENCE_LIMIT_MS = 1_000;
/** The shortest time between two log lines about that. */
const LOG_INTERVAL_MS = 60_000;

/** The HTTP server with its limits. */
export function createHttpServer(
  app: RequestListener,
  {
    maxConnections,
    logger,
    idleLimit = IDLE_LIMIT_MS,
  }: { maxConnections: number; logger: Logger; idleLimit?: number },
): Server {
  const server = createServer(
    {
      // How long a client may take to send its request, and how often that is looked at.
      headersTimeout: 8_000,
      requestTimeout: 12_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1_024,
    },
    app,
  );
  server.maxConnections = maxConnections;
  makeRoom(server, logger);
  // A client that neither sends nor reads for so long is gone. Paths for crons are exempt, see express-app.
  server.setTimeout(idleLimit);
  return server;
}

/** When connections are refused, closes those that have sent no request yet, and logs that now and then. */
function makeRoom(server: Server, logger: Logger): void {
  const silentSince = new Map<Socket, number>();
  let refused = 0;
  let loggedAt = -Infinity;
  server.on("connection", (socket: Socket) => {
    silentSince.set(socket, performance.now());
    socket.once("close", () => silentSince.delete(socket));
  });
  server.on("request", ({ socket }) => silentSince.delete(socket));
  server.on("drop", () => {
    const now = performance.now();
    refused += 1;
    for (const [socket, since] of silentSince) {
      // The map is in the order in which the connections were opened.
      if (now - since < SILENCE_LIMIT_MS) break;
      socket.destroy();
    }
    if (now - loggedAt < LOG_INTERVAL_MS) return;
    logger.warn({ refused, maxConnections: server.maxConnections }, "MAX_CONNECTIONS is reached");
    loggedAt = now;
    refused = 0;
  });
}
