import { randomBytes } from "node:crypto";
import type { RequestHandler, Response } from "express";
import helmet from "helmet";
import type { Environment } from "~/platform/environment.server";

/** Browser features that none of our pages uses. */
const PERMISSIONS =
  "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/** Headers of every API answer: a browser may do nothing with it but read it, and must not cache it. */
export function apiHeaders({
  APP_ORIGIN,
}: Pick<Environment, "APP_ORIGIN">): Record<string, string> {
  return {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none';frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    ...(APP_ORIGIN.startsWith("https:")
      ? { "Strict-Transport-Security": "max-age=31536000; includeSubDomains" }
      : {}),
    "X-Content-Type-Options": "nosniff",
    // For browsers that do not know frame-ancestors.
    "X-Frame-Options": "DENY",
  };
}

/** What a browser may do with an answer: nothing with one of the API, little with a page. */
export function securityHeaders(env: Environment): RequestHandler {
  const isSecure = env.APP_ORIGIN.startsWith("https:");
  const answers = apiHeaders(env);
  const documents = helmet({
    referrerPolicy: { policy: "same-origin" },
    // For browsers that do not know frame-ancestors.
    xFrameOptions: { action: "deny" },
    strictTransportSecurity: isSecure,
    crossOriginResourcePolicy: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: [
          "'self'",
          (_request, response) => `'nonce-${(response as Response).locals.cspNonce}'`,
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
  });
  return (request, response, next) => {
    if (request.path.startsWith("/api/")) {
      response.set(answers);
      return next();
    }
    response.locals.cspNonce = randomBytes(16).toString("base64");
    response.set("Permissions-Policy", PERMISSIONS);
    documents(request, response, next);
  };
}
