import type { RequestHandler, Response } from "express";
import helmet from "helmet";
import type { Environment } from "~/platform/environment.server";

/** What no page of ours ever asks a browser for. */
const PERMISSIONS =
  "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/** What a browser may do with an answer: nothing with one of the API, little with a page. */
export function securityHeaders(env: Environment, nonce: () => string): RequestHandler {
  const isSecure = env.APP_ORIGIN.startsWith("https:");
  const shared = {
    referrerPolicy: { policy: "same-origin" },
    // For browsers that do not know frame-ancestors.
    xFrameOptions: { action: "deny" },
    strictTransportSecurity: isSecure,
    // The counting endpoint is called from forums on other origins.
    crossOriginResourcePolicy: false,
  } as const;
  const answers = helmet({
    ...shared,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
  const documents = helmet({
    ...shared,
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
    if (request.path.startsWith("/api/")) return answers(request, response, next);
    response.locals.cspNonce = nonce();
    response.set("Permissions-Policy", PERMISSIONS);
    documents(request, response, next);
  };
}
