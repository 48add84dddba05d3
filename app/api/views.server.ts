/**
 * `/api/v1/forum/topics/:topicId/views` and `/api/v1/forum/views`: counts and reads views. Stands in front of
 * Express, which alone costs more than a count does.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import cors from "cors";
import type { Logger } from "pino";
import { RateLimiterRes } from "rate-limiter-flexible";
import { isBot } from "~/counting/bots";
import { networkOf } from "~/lib/network-address";
import type { ViewOutcome } from "~/monitoring/metrics.server";
import { DependencyError, redisError } from "~/platform/dependency-error.server";
import { logOutage } from "~/platform/outage-log.server";
import type { ClientAddress } from "~/server/client-address.server";
import { apiHeaders } from "~/server/security-headers.server";
import type { Services } from "~/services.server";
import { FORUM_TOPIC, TOPIC_ID_PATTERN } from "~/sync/target";
import {
  LARGEST_VIEW_BODY,
  MOST_TOPICS,
  viewRequestSchema,
  type ApiErrorBody,
  type FieldProblem,
  type ManyTopicViews,
  type ViewAnswer,
} from "./bodies";

/** Answers the request if it is for one of the two paths; otherwise false, and nothing has happened. */
export type ViewsHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

type ViewsServices = Pick<
  Services,
  "env" | "logger" | "metrics" | "topicViews" | "tracker" | "viewRate" | "viewers"
>;

interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}

const topicPath = /^\/api\/v1\/forum\/topics\/([^/?]+)\/views(?:\?|$)/;
const manyPath = /^\/api\/v1\/forum\/views(?:\?(.*))?$/;

const topicMethods = ["GET", "HEAD", "POST", "OPTIONS"];
const manyMethods = ["GET", "HEAD", "OPTIONS"];

/** Seconds after which a caller may try again when a dependency is away. */
const RETRY_AFTER_SECONDS = 5;

export function createViewsHandler(
  services: ViewsServices,
  clientAddress: ClientAddress,
): ViewsHandler {
  const { env, logger } = services;
  const headers = Object.entries(apiHeaders(env));
  const allowOrigins = cors({
    origin: env.CORS_ORIGINS,
    methods: ["GET", "POST"],
    // A beacon with a JSON body is sent with credentials, although no cookie is read here.
    credentials: true,
    exposedHeaders: ["Retry-After"],
    maxAge: 86_400,
    optionsSuccessStatus: 204,
  });

  async function answerTopic(request: IncomingMessage, topicId: string): Promise<Answer> {
    if (request.method === "POST") return countView(services, { topicId, request, clientAddress });
    if (!isRead(request)) return methodNotAllowed(topicMethods);
    const problem = topicIdProblem("topicId", topicId);
    if (problem) return invalidRequest([problem]);
    const [body] = await services.topicViews.read([topicId]);
    return { status: 200, body: body! };
  }

  async function answerMany(request: IncomingMessage, query: string | undefined): Promise<Answer> {
    if (!isRead(request)) return methodNotAllowed(manyMethods);
    const parsed = parseTopicIds(new URLSearchParams(query).getAll("topicIds"));
    if ("problem" in parsed) return invalidRequest([parsed.problem]);
    const topics = await services.topicViews.read(parsed.topicIds);
    return { status: 200, body: { topics } satisfies ManyTopicViews };
  }

  return (request, response) => {
    const url = request.url ?? "";
    const topicId = topicPath.exec(url)?.[1];
    const many = topicId === undefined ? manyPath.exec(url) : null;
    if (topicId === undefined && !many) return false;
    for (const [name, value] of headers) response.setHeader(name, value);
    // Answers preflights by itself.
    allowOrigins(request, response, () => {
      const answer =
        topicId === undefined ? answerMany(request, many?.[1]) : answerTopic(request, topicId);
      answer
        .then((given) => send(response, given))
        .catch((error: unknown) => {
          // Nobody is there any more to be answered, and nothing is wrong here.
          if (!request.socket.destroyed) send(response, unavailable(error, logger));
        });
    });
    return true;
  };
}

function isRead({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** An answer to a request to count, and what became of it. */
interface CountAnswer extends Answer {
  outcome: ViewOutcome;
}

interface CountRequest {
  topicId: string;
  request: IncomingMessage;
  clientAddress: ClientAddress;
}

async function countView(services: ViewsServices, count: CountRequest): Promise<Answer> {
  const { outcome, ...answer } = await tryToCount(services, count);
  services.metrics.viewRequested(outcome);
  return answer;
}

async function tryToCount(
  { env, tracker, viewers, viewRate, logger }: ViewsServices,
  { topicId, request, clientAddress }: CountRequest,
): Promise<CountAnswer> {
  const { headers } = request;
  if (isForeign(headers.origin, env)) {
    const message = "Pages of this origin may not count views: CORS_ORIGINS does not name it";
    return { outcome: "origin", ...apiError(403, { code: "origin_not_allowed", message }) };
  }
  const problem = topicIdProblem("topicId", topicId);
  if (problem) return { outcome: "malformed", ...invalidRequest([problem]) };
  const text = await readText(request, LARGEST_VIEW_BODY);
  if (text === undefined) {
    const message = `body must have at most ${LARGEST_VIEW_BODY} bytes`;
    const answer = apiError(413, { code: "body_too_large", message }, { Connection: "close" });
    return { outcome: "malformed", ...answer };
  }
  const body = await parseBody(text, headers["content-type"]);
  if ("problems" in body) return { outcome: "malformed", ...invalidRequest(body.problems) };

  if (isPrefetch(headers)) return notCounted("prefetch");
  const userAgent = headers["user-agent"];
  if (isBot(userAgent)) return notCounted("bot");
  try {
    const ip = clientAddress(request);
    if (viewRate) {
      const wait = await consume(viewRate, await viewers.client(networkOf(ip)));
      if (wait !== undefined) {
        const message = "Too many views from this client";
        const retryAfter = { "Retry-After": String(wait) };
        const answer = apiError(429, { code: "rate_limited", message }, retryAfter);
        return { outcome: "rate", ...answer };
      }
    }
    const viewer = await viewers.viewer({ address: body.address, ip, userAgent });
    const isNew = await tracker.trackView(FORUM_TOPIC, topicId, viewer.name, viewer.former);
    if (!isNew) return notCounted("duplicate");
    return { outcome: "counted", status: 200, body: { counted: true } satisfies ViewAnswer };
  } catch (error) {
    return { outcome: "failed", ...unavailable(error, logger) };
  }
}

/** Without an `Origin`, as servers and command lines ask, nobody is kept out. */
function isForeign(origin: string | undefined, env: Services["env"]): boolean {
  return origin !== undefined && origin !== env.APP_ORIGIN && !env.CORS_ORIGINS.includes(origin);
}

/** What browsers say when they load a page, or part of it, that nobody has opened yet. */
function isPrefetch(headers: IncomingHttpHeaders): boolean {
  const purposes = [
    headers["sec-purpose"],
    headers.purpose,
    headers["x-purpose"],
    headers["x-moz"],
  ];
  return purposes.some((purpose) => /prefetch|prerender|preview/i.test(String(purpose)));
}

function notCounted(reason: "duplicate" | "bot" | "prefetch"): CountAnswer {
  return { outcome: reason, status: 200, body: { counted: false, reason } satisfies ViewAnswer };
}

/**
 * The body as text; undefined when more than `limit` bytes arrive, whatever it declares as its length.
 * Rejects when the client goes away before its end.
 */
function readText(request: IncomingMessage, limit: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.byteLength;
      if (length <= limit) chunks.push(chunk);
      // What still arrives is dropped, so that the answer is read before the connection is closed.
      else resolve(undefined);
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", reject);
  });
}

/**
 * Reads JSON whatever the content type says, because browsers send beacons as text/plain; a form where it is
 * one, because they send `FormData` and `URLSearchParams` too; and nothing, which names nobody.
 */
async function parseBody(
  text: string,
  contentType: string | undefined,
): Promise<{ address?: string | null | undefined } | { problems: FieldProblem[] }> {
  if (text.trim() === "") return {};
  const value = parseJson(text) ?? (await parseForm(text, contentType));
  if (value === undefined) {
    return { problems: [{ field: "body", message: "must be JSON or a form" }] };
  }
  const parsed = viewRequestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  return {
    problems: parsed.error.issues.map((issue) => ({
      field: issue.path.join(".") || "body",
      message: issue.path.length > 0 ? issue.message : "must be an object",
    })),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function parseForm(text: string, contentType = ""): Promise<object | undefined> {
  try {
    const form = new Response(text, { headers: { "Content-Type": contentType } });
    return Object.fromEntries(await form.formData());
  } catch {
    return undefined;
  }
}

/** Seconds to wait when the client has used up its views; undefined when it has not. */
async function consume(
  limiter: NonNullable<Services["viewRate"]>,
  client: string,
): Promise<number | undefined> {
  try {
    await limiter.consume(client);
    return undefined;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.ceil(refusal.msBeforeNext / 1_000) || 1;
    throw redisError(refusal);
  }
}

function topicIdProblem(field: string, topicId: string): FieldProblem | undefined {
  if (TOPIC_ID_PATTERN.test(topicId)) return undefined;
  return { field, message: "must be 1 to 100 letters, digits, hyphens or underscores" };
}

/** Reads `1,2,3`, also where the parameter is given several times; repeated ids are answered once. */
function parseTopicIds(texts: string[]): { topicIds: string[] } | { problem: FieldProblem } {
  const field = "topicIds";
  const text = texts.join(",");
  if (text === "") return { problem: { field, message: "must name at least one topic" } };
  const topicIds = [...new Set(text.split(","))];
  if (topicIds.length > MOST_TOPICS) {
    return { problem: { field, message: `must name at most ${MOST_TOPICS} topics` } };
  }
  for (const topicId of topicIds) {
    const problem = topicIdProblem(field, topicId);
    if (problem) return { problem: { field, message: `${problem.message}, separated by commas` } };
  }
  return { topicIds };
}

function apiError(
  status: number,
  error: ApiErrorBody["error"],
  headers: Record<string, string> = {},
): Answer {
  return { status, body: { error } satisfies ApiErrorBody, headers };
}

function invalidRequest(details: FieldProblem[]): Answer {
  const message = details.map((problem) => `${problem.field} ${problem.message}`).join("; ");
  return apiError(400, { code: "invalid_request", message, details });
}

function methodNotAllowed(allowed: string[]): Answer {
  const headers = { Allow: allowed.join(", ") };
  return apiError(405, { code: "method_not_allowed", message: "Method Not Allowed" }, headers);
}

/** 503 for a dependency that is away; 500 for anything else, which is not expected here. */
function unavailable(error: unknown, logger: Logger): Answer {
  if (!(error instanceof DependencyError)) {
    logger.error({ err: error }, "A request failed unexpectedly");
    return apiError(500, { code: "internal_error", message: "Unexpected error" });
  }
  logOutage(logger, error);
  const code = error.dependency === "redis" ? "redis_unavailable" : "database_unavailable";
  const headers = { "Retry-After": String(RETRY_AFTER_SECONDS) };
  return apiError(503, { code, message: error.message }, headers);
}
