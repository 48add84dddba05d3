import { createServer, type RequestListener, type Server } from "node:http";

/** Milliseconds after which a connection on which nothing moves is closed. */
const IDLE_LIMIT = 60_000;

/** The HTTP server with its limits. */
export function createHttpServer(
  app: RequestListener,
  { maxConnections, idleLimit = IDLE_LIMIT }: { maxConnections: number; idleLimit?: number },
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
  // Nothing sent and nothing taken for so long: the client is gone. What crons call is spared, see express-app.
  server.setTimeout(idleLimit);
  return server;
}
