/** The process: reads the configuration, wires, listens, and ends cleanly. */
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createRequestHandler } from "@remix-run/express";
import type { ServerBuild } from "@remix-run/node";
import { broadcastDevReady, installGlobals } from "@remix-run/node";
import {
  EnvironmentError,
  parseEnvironment,
  type Environment,
} from "./app/platform/environment.server";
import { createApp } from "./app/server/express-app.server";
import { createHttpServer } from "./app/server/http-server.server";
import { createLogger } from "./app/platform/logger.server";
import { clientAddressBehind } from "./app/server/client-address.server";
import type * as serverEntry from "./app/entry.server";

/** After this time the process ends although its shutdown has not finished. */
const SHUTDOWN_LIMIT_MS = 9_000;

function readEnvironment(): Environment {
  if (process.env.NODE_ENV !== "production" && existsSync(".env")) process.loadEnvFile(".env");
  try {
    return parseEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const env = readEnvironment();
const logger = createLogger(env.LOG_LEVEL);
installGlobals();

// Not a literal: the Remix build stands beside the bundled server and is no part of it.
const remixBuild = "./index.js";
const build = (await import(new URL(remixBuild, import.meta.url).href)) as ServerBuild & {
  entry: { module: typeof serverEntry };
};
const { createServices, createViewsHandler, withOutagesAnswered } = build.entry.module;
const services = createServices(env, logger);
services.alerts?.start();
services.periodViews.start();

let isStopping = false;
const clientAddress = clientAddressBehind(env.TRUST_PROXY);
const app = createApp({
  env,
  logger,
  isStopping: () => isStopping,
  views: createViewsHandler(services, clientAddress),
  handler: createRequestHandler({
    build: withOutagesAnswered(build, logger),
    mode: env.NODE_ENV,
    getLoadContext: (request, response) => ({
      services,
      clientIp: clientAddress(request),
      cspNonce: response.locals.cspNonce as string,
    }),
  }),
});

const server = createHttpServer(app, { maxConnections: env.MAX_CONNECTIONS, logger });
server.listen({ port: env.PORT, host: env.HOST }, () => {
  const { port } = server.address() as AddressInfo;
  logger.info({ port, daoSlug: env.DAO_SLUG }, "Listening");
  // Only then does `remix dev` send the change to the browser.
  if (process.env.REMIX_DEV_ORIGIN) void broadcastDevReady(build);
});
server.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EADDRINUSE") process.stderr.write(`Port ${env.PORT} is taken\n`);
  else process.stderr.write(`The server cannot listen: ${error.message}\n`);
  process.exit(1);
});

async function stop(signal: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  logger.info({ signal }, "Stopping");
  setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
  const closed = new Promise((resolve) => server.close(resolve));
  // Connections that are kept alive end with their next answer, or as soon as they are idle.
  setInterval(() => server.closeIdleConnections(), 100).unref();
  await services.stop();
  await closed;
  await services.close();
  logger.info("Stopped");
}
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    stop(signal).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, "The shutdown failed");
        process.exit(1);
      },
    );
  });
}
