/**
 * `/api/v1/forum/topics/:topicId/views` and `/api/v1/forum/views`: counts and reads views. These requests do
 * not go through Express, which alone costs more than a count does.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import cors from "cors";
import { unnamedProxyBeside, type ClientAddress } from "~/server/client-address.server";
import type { AppParts } from "~/server/express-app.server";
import { apiHeaders } from "~/server/security-headers.server";
import type { Services } from "~/services.server";
import { TOPIC_ID_PATTERN } from "~/sync/target";
import {
  apiError,
  badTopicId,
  invalidRequest,
  topicIdForm,
  unavailable,
  type Answer,
} from "./answers.server";
import { MOST_TOPICS, type ManyTopicViews } from "./bodies";
import { countView, type CountServices } from "./count-view.server";

const topicPath = /^\/api\/v1\/forum\/topics\/([^/?]+)\/views(?:\?|$)/;
const manyPath = /^\/api\/v1\/forum\/views(?:\?(.*))?$/;

const topicMethods = ["GET", "HEAD", "POST", "OPTIONS"];
const manyMethods = ["GET", "HEAD", "OPTIONS"];

/** Answers a request for one of the two paths; for any other, returns false, and nothing has happened. */
export function createViewsHandler(
  services: CountServices & Pick<Services, "topicViews">,
  clientAddress: ClientAddress,
): AppParts["views"] {
  const { env, logger } = services;
  const headers = Object.entries(apiHeaders(env));
  const unnamedProxy = unnamedProxyBeside(env.TRUST_PROXY);
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
    if (request.method === "POST") {
      return countView(services, { topicId, request, clientAddress, unnamedProxy });
    }
    if (!isRead(request)) return methodNotAllowed(topicMethods);
    if (!TOPIC_ID_PATTERN.test(topicId)) return badTopicId;
    const [body] = await services.topicViews.read([topicId]);
    return { status: 200, body: body! };
  }

  async function answerMany(request: IncomingMessage, query: string | undefined): Promise<Answer> {
    if (!isRead(request)) return methodNotAllowed(manyMethods);
    // `1,2,3`; the parameter may be given several times. Repeated ids are answered once.
    const text = new URLSearchParams(query).getAll("topicIds").join();
    const topicIds = [...new Set(text.split(","))];
    const message = text === "" ? "must name at least one topic" : problemOf(topicIds);
    if (message !== undefined) return invalidRequest([{ field: "topicIds", message }]);
    const topics = await services.topicViews.read(topicIds);
    return { status: 200, body: { topics } satisfies ManyTopicViews };
  }

  return (request, response) => {
    const url = request.url ?? "";
    const topicId = topicPath.exec(url)?.[1];
    const many = topicId === undefined ? manyPath.exec(url) : null;
    if (topicId === undefined && !many) return false;
    for (const [name, value] of headers) response.setHeader(name, value);
    // It answers preflights itself.
    allowOrigins(request, response, () => {
      const answer =
        topicId === undefined ? answerMany(request, many?.[1]) : answerTopic(request, topicId);
      answer
        .then((given) => send(response, given))
        .catch((error: unknown) => {
          // The client has gone away, so nobody waits for an answer, and nothing is wrong here.
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

function problemOf(topicIds: string[]): string | undefined {
  if (topicIds.length > MOST_TOPICS) return `must name at most ${MOST_TOPICS} topics`;
  const isFormed = topicIds.every((topicId) => TOPIC_ID_PATTERN.test(topicId));
  return isFormed ? undefined : `${topicIdForm}, separated by commas`;
}

function methodNotAllowed(allowed: string[]): Answer {
  const headers = { Allow: allowed.join(", ") };
  return apiError(405, { code: "method_not_allowed", message: "Method Not Allowed" }, headers);
}
