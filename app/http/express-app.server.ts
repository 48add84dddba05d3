/** Everything that happens to a request before Remix sees it. */
import { constants } from "node:zlib";
import compression from "compression";
import cors from "cors";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import helmet from "helmet";
import type { Logger } from "pino";
import { pinoHttp } from "pino-http";
import type { Environment } from "~/env.server";
import { allowedInstead, isUnknownApiPath } from "./methods";
import { originCheck } from "./origin-check.server";

export interface AppParts {
  env: Environment;
  logger: Logger;
  /** Remix; it passes what it cannot handle to `next`. */
  handler: (...args: Parameters<RequestHandler>) => Promise<void>;
  /** A fresh nonce for the scripts of one page. */
  nonce: () => string;
  /** Whether the process is about to end. */
  isStopping: () => boolean;
}

/** Scripts become 6 % smaller than with the default, 4, in about the same time. */
const BROTLI_QUALITY = 6;

const isViewsPath = /^\/api\/v1\/forum\/(?:topics\/[^/]+\/views|views)\/?$/;

export function createApp({ env, logger, handler, nonce, isStopping }: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", env.TRUST_PROXY.length > 0 ? env.TRUST_PROXY : false);
  app.use((_request, response, next) => {
    if (isStopping()) response.set("Connection", "close");
    next();
  });
  app.use(requestLog(logger));
  app.use(
    compression({ brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } } }),
  );
  app.use("/build", noSniff, builtFiles);
  app.use(securityHeaders(env, nonce));
  app.use(express.static("public", { maxAge: "1h", index: false }));
  app.use(noStore);
  app.use(methods);
  app.use(isViewsPath, viewsCors(env.CORS_ORIGINS));
  app.use(originCheck(env.APP_ORIGIN));
  // Not a pattern: Express would refuse to decode a malformed path before Remix could answer.
  app.use((request, response, next) => void handler(request, response, next));
  app.use(lastResort(logger));
  return app;
}

const builtFiles = express.static("public/build", {
  immutable: true,
  maxAge: "1y",
  fallthrough: false,
});

/** All that a script or a stylesheet needs: a page loads dozens, and the rest is for documents. */
const noSniff: RequestHandler = (_request, response, next) => {
  response.set("X-Content-Type-Options", "nosniff");
  next();
};

/** Whatever is no file may tell about somebody: nothing between here and the browser may keep it. */
const noStore: RequestHandler = (_request, response, next) => {
  response.set("Cache-Control", "no-store");
  next();
};

/** One line a request: no query, no address, no cookie, no secret. */
function requestLog(logger: Logger): RequestHandler {
  return pinoHttp({
    logger,
    quietReqLogger: true,
    serializers: {
      req: (request: { method: string; url: string }) => ({
        method: request.method,
        path: request.url.split("?")[0],
      }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
    // The error itself was logged where it happened.
    customErrorObject: (
      _request,
      _response,
      _error,
      { err: _made, ...line }: Record<string, unknown>,
    ) => line,
    customLogLevel: (_request, response, error) =>
      error || response.statusCode >= 500 ? "error" : "debug",
  });
}

function securityHeaders(env: Environment, nonce: () => string): RequestHandler {
  const isSecure = env.APP_ORIGIN.startsWith("https:");
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: [
          "'self'",
          (_request, response) => `'nonce-${(response as express.Response).locals.cspNonce}'`,
        ],
        // Charts set sizes and positions as style attributes.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: env.NODE_ENV === "development" ? ["'self'", "ws:"] : ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(isSecure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    referrerPolicy: { policy: "same-origin" },
    strictTransportSecurity: isSecure,
    // The counting endpoint is called from forums on other origins.
    crossOriginResourcePolicy: false,
  });
  return (request, response, next) => {
    response.locals.cspNonce = nonce();
    headers(request, response, next);
  };
}

const methods: RequestHandler = (request, response, next) => {
  if (isUnknownApiPath(request.path)) {
    return response.status(404).json({ error: { code: "not_found", message: "Not Found" } });
  }
  const allowed = allowedInstead(request.path, request.method);
  if (!allowed) return next();
  response.set("Allow", allowed.join(", ")).status(405);
  if (request.method === "HEAD") return response.end();
  const isSync = request.path.startsWith("/api/v1/forum/sync-views");
  const message = "Method Not Allowed";
  return response.json(
    isSync ? { error: message, status: 405 } : { error: { code: "method_not_allowed", message } },
  );
};

function viewsCors(origins: string[]): RequestHandler {
  return cors({
    origin: origins,
    methods: ["GET", "POST"],
    maxAge: 86_400,
    optionsSuccessStatus: 204,
  });
}

/** For what breaks outside a route: plain words and no stack. */
function lastResort(logger: Logger): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = clientErrorStatus(error) ?? 500;
    if (status === 500) logger.error({ err: error }, "A request failed unexpectedly");
    const code = status === 500 ? "internal_error" : "bad_request";
    const message = status === 500 ? "Unexpected error" : "The request cannot be answered";
    response.status(status).json({ error: { code, message } });
  };
}

function clientErrorStatus(error: unknown): number | undefined {
  // A request whose Host makes no URL.
  if (error instanceof TypeError && "code" in error && error.code === "ERR_INVALID_URL") return 400;
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" && status >= 400 && status < 500 ? status : undefined;
}
