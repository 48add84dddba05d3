/** `POST /api/v1/forum/topics/:topicId/views`: counts a view, or says why it is none. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isBot } from "~/counting/bots";
import { kindOf } from "~/counting/view-kinds.server";
import type { ViewOutcome } from "~/counting/view-outcomes";
import type { CountResult, View } from "~/counting/view-tracker.server";
import { viewerOf } from "~/counting/viewer";
import { fieldProblems, type FieldProblem } from "~/lib/field-problems";
import { networkOf, normaliseAddress } from "~/lib/network-address";
import { findCaller } from "~/server/bearer.server";
import type { ClientAddress } from "~/server/client-address.server";
import { parseJson } from "~/server/request-body.server";
import type { Services } from "~/services.server";
import { FORUM_TOPIC, TOPIC_ID_PATTERN } from "~/sync/target";
import { apiError, badTopicId, invalidRequest, unavailable, type Answer } from "./answers.server";
import {
  LARGEST_VIEW_BODY,
  viewRequestSchema,
  type NotCountedReason,
  type ViewRequest,
  type ViewAnswer,
} from "./bodies";

export const onlyTrusted = "is taken from callers with an API token that has views:write only";

export type CountServices = Pick<
  Services,
  "countingWatch" | "env" | "logger" | "metrics" | "tokens" | "tracker" | "viewKinds"
>;

/**
 * The answer to a request to count, its outcome, and the client, if the request got far enough to know it.
 */
interface CountAnswer extends Answer {
  outcome: ViewOutcome;
  client?: string;
  /** Whether the request named a wallet address. */
  isWallet?: boolean;
}

/** Whom a view is counted for. */
interface Visitor extends Pick<View, "viewer" | "client" | "network"> {
  isBot: boolean;
}

interface CountRequest {
  topicId: string;
  request: IncomingMessage;
  clientAddress: ClientAddress;
  unnamedProxy: ClientAddress;
}

export async function countView(services: CountServices, count: CountRequest): Promise<Answer> {
  const { outcome, client, isWallet = false, ...answer } = await tryToCount(services, count);
  services.metrics.viewRequested(outcome);
  const kind = kindOf(outcome, isWallet);
  if (kind) services.viewKinds.note(kind);
  const { request, unnamedProxy } = count;
  services.countingWatch.observe({
    ...{ outcome, client, origin: request.headers.origin },
    unnamedProxy: unnamedProxy(request),
  });
  return answer;
}

async function tryToCount(services: CountServices, count: CountRequest): Promise<CountAnswer> {
  const { env, logger, tracker } = services;
  const { topicId, request } = count;
  const { headers } = request;
  if (isForeign(headers.origin, env)) {
    const message = "Pages of this origin may not count views: CORS_ORIGINS does not name it";
    return { outcome: "origin", ...apiError(403, { code: "origin_not_allowed", message }) };
  }
  if (!TOPIC_ID_PATTERN.test(topicId)) return { outcome: "malformed", ...badTopicId };
  const text = await readText(request, LARGEST_VIEW_BODY);
  if (text === undefined) {
    const message = `body must have at most ${LARGEST_VIEW_BODY} bytes`;
    const answer = apiError(413, { code: "body_too_large", message }, { Connection: "close" });
    return { outcome: "malformed", ...answer };
  }
  const value = await parseBody(text, headers["content-type"]);
  if (value === undefined) return malformed([{ field: "body", message: "must be JSON or a form" }]);
  const body = viewRequestSchema.safeParse(value);
  if (!body.success) return malformed(fieldProblems(body.error));
  try {
    const visitor = await findVisitor(services, count, body.data);
    if ("outcome" in visitor) return visitor;
    if (isPrefetch(headers)) return notCounted("prefetch");
    if (visitor.isBot) return notCounted("bot");
    const { viewer, client, network } = visitor;
    const view = { targetType: FORUM_TOPIC, targetId: topicId, viewer, client, network };
    return { ...answerTo(await tracker.count(view)), client, isWallet: Boolean(body.data.address) };
  } catch (error) {
    return { outcome: "failed", ...unavailable(error, logger) };
  }
}

/** A caller whose token is bad is refused. Otherwise its views would be counted as the caller's own. */
async function findVisitor(
  services: CountServices,
  { request, clientAddress }: CountRequest,
  body: ViewRequest,
): Promise<Visitor | CountAnswer> {
  const isTrusted = /^Bearer /i.test(request.headers.authorization ?? "");
  if (!isTrusted) return visitorItself(body, request, clientAddress);
  const caller = await findCaller(services, request, "views:write");
  if (caller.kind === "refused") {
    return { outcome: "unauthorized", ...apiError(caller.status, caller.error) };
  }
  return visitorNamed(body);
}

/** The visitor who sends the request. Fields that only a trusted caller may send are refused. */
function visitorItself(
  body: ViewRequest,
  request: IncomingMessage,
  clientAddress: ClientAddress,
): Visitor | CountAnswer {
  const forged = (["ip", "userAgent"] as const).filter((field) => body[field]);
  if (forged.length > 0) {
    return malformed(forged.map((field) => ({ field, message: onlyTrusted })));
  }
  const ip = clientAddress(request);
  const userAgent = request.headers["user-agent"];
  const network = networkOf(ip);
  const viewer = viewerOf({ address: body.address, ip, userAgent });
  return { viewer, client: network, network, isBot: isBot(userAgent) };
}

/**
 * The visitor whom a trusted caller, such as a forum's server, names. The caller vouches for a wallet
 * address.
 */
function visitorNamed(body: ViewRequest): Visitor | CountAnswer {
  const { address, userAgent } = body;
  const ip = normaliseAddress(body.ip ?? undefined);
  if (!address && ip === undefined) {
    const message = "must be given, or address: the caller itself is no viewer";
    return malformed([{ field: "ip", message }]);
  }
  const viewer = viewerOf({ address, ip, userAgent: userAgent ?? undefined });
  const network = ip === undefined ? undefined : networkOf(ip);
  return {
    viewer,
    client: network ?? viewer.name,
    network: address ? undefined : network,
    // A caller may leave the user agent out, so a missing one is no sign of a bot here.
    isBot: typeof userAgent === "string" && isBot(userAgent),
  };
}

function answerTo(result: CountResult): CountAnswer {
  if (result.outcome === "rate") {
    const message = "Too many views from this client";
    const retryAfter = { "Retry-After": String(result.waitSeconds) };
    return { outcome: "rate", ...apiError(429, { code: "rate_limited", message }, retryAfter) };
  }
  if (result.outcome !== "counted") return notCounted(result.outcome);
  return { outcome: "counted", status: 200, body: { counted: true } satisfies ViewAnswer };
}

/** Servers and command lines send no `Origin`; their requests are let through. */
function isForeign(origin: string | undefined, env: Services["env"]): boolean {
  return origin !== undefined && origin !== env.APP_ORIGIN && !env.CORS_ORIGINS.includes(origin);
}

/** Browsers mark requests for a page, or part of it, that nobody has opened yet. */
function isPrefetch(headers: IncomingHttpHeaders): boolean {
  const purposes = [
    headers["sec-purpose"],
    headers.purpose,
    headers["x-purpose"],
    headers["x-moz"],
  ];
  return purposes.some((purpose) => /prefetch|prerender|preview/i.test(String(purpose)));
}

function notCounted(reason: NotCountedReason): CountAnswer {
  return { outcome: reason, status: 200, body: { counted: false, reason } satisfies ViewAnswer };
}

function malformed(problems: FieldProblem[]): CountAnswer {
  return { outcome: "malformed", ...invalidRequest(problems) };
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
      // The rest is read and dropped, so that the client gets the answer before the connection is closed.
      else resolve(undefined);
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", reject);
  });
}

/**
 * Reads JSON whatever the content type says, because browsers send beacons as text/plain. Reads a form where
 * the body is one, because they send `FormData` and `URLSearchParams`, too. An empty body names nobody.
 */
async function parseBody(text: string, contentType: string | undefined): Promise<unknown> {
  if (text.trim() === "") return {};
  return parseJson(text) ?? (await parseForm(text, contentType));
}

async function parseForm(text: string, contentType = ""): Promise<object | undefined> {
  try {
    const form = new Response(text, { headers: { "Content-Type": contentType } });
    return Object.fromEntries(await form.formData());
  } catch {
    return undefined;
  }
}
