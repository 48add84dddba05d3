/** Everything that happens to a request before Remix sees it. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { constants } from "node:zlib";
import compression from "compression";
import express, { type ErrorRequestHandler, type RequestHandler, type Response } from "express";
import type { Logger } from "pino";
import type { Environment } from "~/platform/environment.server";
import { builtFiles, viewsScript } from "./static-files.server";
import { allowedInstead, isUnknownApiPath } from "./methods";
import { originCheck, ownAddress } from "./origin-check.server";
import { securityHeaders } from "./security-headers.server";

export interface AppParts {
  env: Environment;
  logger: Logger;
  /** Counts and reads views; returns false for any other request. */
  views: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Remix; it passes what it cannot handle to `next`. */
  handler: (...args: Parameters<RequestHandler>) => Promise<void>;
  /** Whether the process is about to end. */
  isStopping: () => boolean;
}

/** Scripts become 6 % smaller than with the default, 4, in about the same time. */
const BROTLI_QUALITY = 6;

const require = createRequire(import.meta.url);
/** Where the files are that the page of the API loads. */
const swaggerUiFolder = path.dirname(require.resolve("swagger-ui-dist/package.json"));

/** What crons call: these paths answer when the work is done, and their errors have a form of their own. */
const cronPaths = ["/api/v1/forum/sync-views", "/api/v1/forum/cleanup"];

export function createApp(parts: AppParts): RequestListener {
  const { logger, views, isStopping } = parts;
  const log = requestLog(logger);
  const app = expressApp(parts);
  return (request, response) => {
    if (isStopping()) response.setHeader("Connection", "close");
    log(request, response);
    if (!views(request, response)) app(request, response);
  };
}

function expressApp({ env, logger, handler }: AppParts): RequestListener {
  const app = express();
  app.disable("x-powered-by");
  app.use(drainUnread);
  app.use(
    compression({ brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } } }),
  );
  app.use("/build", builtFiles());
  app.get("/views.js", viewsScript());
  app.use(securityHeaders(env));
  app.use(express.static("public", { maxAge: "1h", index: false, redirect: false }));
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
    app.get(`/docs/api/${file}`, (_request, response) =>
      response.sendFile(file, { root: swaggerUiFolder, maxAge: "1h" }),
    );
  }
  app.use(noStore);
  app.use(ownAddress(env.APP_ORIGIN));
  app.use(methods);
  app.use(["/api", "/healthz", "/readyz", "/metrics"], dataRequestsAreOfPages);
  app.use(cronPaths, noIdleLimit);
  app.use("/api/v1/openapi.json", sameForEverybody);
  app.use(originCheck(env.APP_ORIGIN, logger));
  // Not as a route with a pattern: Express would fail to decode a malformed path before Remix could answer.
  app.use((request, response, next) => void handler(request, response, next));
  app.use(lastResort(logger));
  return app;
}

/**
 * Reads and drops the rest of a body that was too large or unwanted. Left unread, it would block the next
 * request of the connection; if the connection were closed instead, clients would miss the answer.
 */
const drainUnread: RequestHandler = (request, response, next) => {
  response.on("finish", () => {
    if (request.complete) return;
    request.removeAllListeners("data");
    request.resume();
  });
  next();
};

/** Anything but a file may contain personal data: no cache may keep it. */
const noStore: RequestHandler = (_request, response, next) => {
  response.set("Cache-Control", "no-store");
  next();
};

/** The route itself says how long its answer may be cached. */
const sameForEverybody: RequestHandler = (_request, response, next) => {
  response.removeHeader("Cache-Control");
  next();
};

/** One line a request: no query, no address, no cookie, no secret. Above `debug`, only for those that failed. */
function requestLog(logger: Logger): RequestListener {
  const isVerbose = logger.isLevelEnabled("debug");
  return (request, response) => {
    const { method, url = "" } = request;
    const start = performance.now();
    response.once("close", () => {
      const status = response.statusCode;
      // While a store is away, not each of its requests is logged: its outage has a line of its own.
      const isFailure = status >= 500 && status !== 503;
      if (!isFailure && !isVerbose) return;
      const [path] = url.split("?");
      const responseTime = Math.round(performance.now() - start);
      const line = { req: { method, path }, res: { status }, responseTime };
      if (isFailure) logger.error(line, "request errored");
      else logger.debug(line, response.writableFinished ? "request completed" : "request aborted");
    });
  };
}

const methods: RequestHandler = (request, response, next) => {
  if (isUnknownApiPath(request.path)) {
    return sendError(response, 404, { code: "not_found", message: "Not Found" });
  }
  const allowed = allowedInstead(request.path, request.method);
  if (!allowed) return next();
  response.set("Allow", allowed.join(", ")).status(405);
  if (request.method === "HEAD") return response.end();
  const isForCrons = cronPaths.some((path) => request.path.startsWith(path));
  const message = "Method Not Allowed";
  if (isForCrons) return response.json({ error: message, status: 405 });
  return sendError(response, 405, { code: "method_not_allowed", message });
};

function sendError(
  response: Response,
  status: number,
  error: { code: string; message: string },
): void {
  response.status(status).json({ error });
}

/** Removes `_data`, with which Remix would answer in the format of its own browser code. */
const dataRequestsAreOfPages: RequestHandler = (request, _response, next) => {
  const mark = request.originalUrl.indexOf("?");
  if (mark < 0) return next();
  const params = new URLSearchParams(request.originalUrl.slice(mark));
  if (params.has("_data")) {
    params.delete("_data");
    request.originalUrl = `${request.originalUrl.slice(0, mark)}?${params}`;
  }
  next();
};

/** A sync takes as long as there are views to flush, and sends nothing until then. */
const noIdleLimit: RequestHandler = (request, _response, next) => {
  request.socket.setTimeout(0);
  next();
};

/** Answers errors outside of routes in plain words and without a stack. */
function lastResort(logger: Logger): ErrorRequestHandler {
  // Express takes a function for an error handler only if it has four parameters.
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = clientErrorStatus(error) ?? 500;
    if (status === 500) logger.error({ err: error }, "A request failed unexpectedly");
    const code = status === 500 ? "internal_error" : "bad_request";
    const message = status === 500 ? "Unexpected error" : "The request cannot be answered";
    sendError(response, status, { code, message });
  };
}

function clientErrorStatus(error: unknown): number | undefined {
  // The `Host` of the request is no valid host.
  if (error instanceof TypeError && "code" in error && error.code === "ERR_INVALID_URL") return 400;
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" && status >= 400 && status < 500 ? status : undefined;
}
