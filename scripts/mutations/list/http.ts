import type { Mutation } from "../mutation";
import { expressApp, routeGuards } from "./test-files";

const app = "app/server/express-app.server.ts";
const securityHeaders = "app/server/security-headers.server.ts";
const count = "app/api/count-view.server.ts";
const syncRoute = "app/routes/api.v1.forum.sync-views.ts";
const bearer = "app/server/bearer.server.ts";
const bearerTest = "app/server/bearer.test.ts";
const viewsEndpoint = "tests/integration/views-endpoint.test.ts";

/** What the counting endpoint refuses, on the production build. */
const counting: Mutation[] = [
  {
    name: "bot-check",
    guard: "Bots are not counted",
    file: count,
    find: "if (isbot(userAgent))",
    replace: "if (isbot(''))",
  },
  {
    name: "rate-limit",
    guard: "One client counts only so many views a minute",
    file: count,
    find: "if (wait !== undefined) {",
    replace: "if (wait === -1) {",
  },
  {
    name: "body-limit",
    guard: "A body over 4 KB is refused as it streams in",
    file: "app/server/request-body.server.ts",
    find: "if (length <= limit) chunks.push(chunk);",
    replace: "if (length <= 1e9 * limit) chunks.push(chunk);",
  },
  {
    name: "topic-id-in-path",
    guard: "A malformed topic id is refused",
    file: count,
    find: "if (problem) return invalidRequest([problem]);",
    replace: "",
  },
  {
    name: "address-format",
    guard: "What is no address is refused",
    file: "app/api/contract/bodies.ts",
    find: `.regex(/^0x[0-9a-fA-F]{40}$/, "must be 0x and 40 hex digits")`,
    replace: "",
  },
  {
    name: "cors-origins",
    guard: "Only the configured origins may read the answers",
    file: app,
    find: "origin: origins,",
    replace: "origin: true,",
  },
].map((mutation) => ({ ...mutation, tests: [viewsEndpoint], build: true as const }));

const express: Mutation[] = [
  {
    name: "no-store",
    guard: "Whatever is no file is kept by nobody on the way",
    file: app,
    find: "app.use(noStore);",
    replace: "",
    tests: [expressApp],
  },
  {
    name: "methods",
    guard: "Other methods than the documented ones, HEAD included, are answered 405",
    file: app,
    find: "app.use(methods);",
    replace: "",
    tests: [expressApp],
  },
  {
    name: "head-starts-no-sync",
    guard: "HEAD starts no sync",
    file: "app/server/methods.ts",
    find: `sync-views\\/?$/, ["GET", "POST"]],`,
    replace: `sync-views\\/?$/, ["GET", "HEAD", "POST"]],`,
    tests: [expressApp],
  },
  {
    name: "unknown-api-path",
    guard: "A path that the API does not have reaches no route by another spelling",
    file: app,
    find: "if (isUnknownApiPath(request.path)) {",
    replace: "if (isUnknownApiPath('')) {",
    tests: [expressApp],
  },
  {
    name: "origin-check-in-front",
    guard: "Another site's change is refused before Remix sees it",
    file: app,
    find: "app.use(originCheck(env.APP_ORIGIN));",
    replace: "",
    tests: [expressApp],
  },
  {
    name: "form-limit",
    guard: "A form that is too large is refused as it streams in",
    file: "app/server/request-body.server.ts",
    find: "if (length > limit) {",
    replace: "if (length > 1e9 * limit) {",
    tests: ["tests/integration/hardening.test.ts"],
    build: true,
  },
  {
    name: "metrics-token",
    guard: "Metrics are told to whoever has the token",
    file: "app/routes/metrics.ts",
    find: "!hasBearer(request, [env.METRICS_TOKEN])",
    replace: "!hasBearer(request, [env.METRICS_TOKEN, env.CRON_SECRET])",
    tests: ["tests/integration/metrics.test.ts"],
    build: true,
  },
  {
    name: "security-headers",
    guard: "Pages carry the security headers",
    file: app,
    find: "app.use(headers);",
    replace: "",
    tests: [expressApp],
  },
  {
    name: "csp-nonce",
    guard: "Only scripts with the page's nonce run",
    file: securityHeaders,
    find: "`'nonce-${",
    replace: "`'unsafe-inline' ${",
    tests: [expressApp],
  },
  {
    name: "nonce-is-fresh",
    guard: "Each page has a nonce of its own",
    file: securityHeaders,
    find: "response.locals.cspNonce = nonce();",
    replace: `response.locals.cspNonce = "always-the-same";`,
    tests: [expressApp],
  },
  {
    name: "no-frames",
    guard: "No other site shows our pages in a frame",
    file: securityHeaders,
    find: `frameAncestors: ["'none'"],`,
    replace: "",
    tests: [expressApp],
  },
  {
    name: "nosniff-of-files",
    guard: "A built file is taken for nothing else",
    file: "app/server/static-files.server.ts",
    find: `response.set("X-Content-Type-Options", "nosniff");`,
    replace: "",
    tests: [expressApp],
  },
  {
    name: "trusted-proxies",
    guard: "Only trusted proxies say who the client is",
    file: app,
    find: "env.TRUST_PROXY.length > 0 ? env.TRUST_PROXY : false",
    replace: "env.TRUST_PROXY.length > 0 ? env.TRUST_PROXY : true",
    tests: [expressApp],
  },
  {
    name: "log-without-query",
    guard: "The log holds no query",
    file: app,
    find: `path: request.url.split("?")[0],`,
    replace: "path: request.url,",
    tests: [expressApp],
  },
  {
    name: "chunk-before-the-end",
    guard: "A process that is told to end lets the chunk in flight finish",
    file: "server.ts",
    find: "await services.stop();\n  await closed;",
    replace: "void closed;",
    tests: ["tests/integration/process.test.ts"],
    build: true,
  },
];

const secrets: Mutation[] = [
  {
    name: "sync-takes-the-secret",
    guard: "Nobody starts a sync without the secret",
    file: syncRoute,
    find: "if (!hasBearer(request, [env.CRON_SECRET, env.CRON_SECRET_PREVIOUS])) return unauthorized();",
    replace: "",
    tests: [routeGuards],
  },
  {
    name: "previous-secret",
    guard: "The previous secret opens too, while it is rotated",
    file: syncRoute,
    find: "[env.CRON_SECRET, env.CRON_SECRET_PREVIOUS]",
    replace: "[env.CRON_SECRET]",
    tests: [routeGuards],
  },
  {
    name: "no-secret-lets-nobody-in",
    guard: "Without a secret nobody is let in",
    file: bearer,
    find: "if (secret !== undefined && timingSafeEqual",
    replace: "if (secret === undefined || timingSafeEqual",
    tests: [bearerTest],
  },
  {
    name: "constant-time",
    guard: "Secrets are compared in constant time",
    file: bearer,
    find: "timingSafeEqual(givenDigest, digest(secret))",
    replace: "givenDigest.equals(digest(secret))",
    tests: [bearerTest],
  },
  {
    name: "every-secret-is-compared",
    guard: "The time does not tell which secret matched",
    file: bearer,
    find: "digest(secret))) matches = true;",
    replace: "digest(secret))) return true;",
    tests: [bearerTest],
  },
];

const documented: Mutation[] = [
  {
    name: "answers-as-documented",
    guard: "The server answers as its OpenAPI document says, headers included",
    file: "app/api/api-error.server.ts",
    find: `{ "Retry-After": String(RETRY_AFTER_SECONDS) },`,
    replace: "{},",
    tests: ["tests/integration/api-contract.test.ts"],
    build: true,
  },
  {
    name: "document-has-every-route",
    guard: "The OpenAPI document has every route of the API",
    file: "app/api/contract/operations.ts",
    find: "...syncOperations,",
    replace: "",
    tests: ["app/api/contract/document.test.ts"],
  },
];

export const http: Mutation[] = [...counting, ...express, ...secrets, ...documented];
