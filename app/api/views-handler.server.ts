import type { Request, RequestHandler, Response } from "express";
import type { Services } from "~/services.server";
import type { ApiAnswer } from "./api-answer.server";
import { countView } from "./count-view.server";
import { plainTopicViews } from "~/server/methods";
import { readManyViews, readTopicViews } from "./read-views.server";
import { readIncomingText } from "~/server/request-body.server";

type ViewsServices = Parameters<typeof countView>[0] & Pick<Services, "topicViews">;

const manyPath = /^\/api\/v1\/forum\/views\?(topicIds=[A-Za-z0-9_,-]*)$/;

/**
 * Counts and reads views without Remix, which costs several times what a count does. Only for addresses
 * spelled the plain way; any other goes on to the resource routes, which run the same code.
 */
export function createViewsHandler(services: ViewsServices): RequestHandler {
  return (request, response, next) => {
    const answer = answerTo(services, request);
    if (!answer) return next();
    answer
      .then((given) => send(response, given))
      .catch((error: unknown) => {
        // Nobody is there any more to be answered, and nothing is wrong here.
        if (!request.socket.destroyed) next(error);
      });
  };
}

function answerTo(services: ViewsServices, request: Request): Promise<ApiAnswer> | undefined {
  const { method, originalUrl } = request;
  const topicId = plainTopicViews.exec(originalUrl)?.[1];
  if (topicId !== undefined && method === "POST") {
    return countView(services, {
      topicId,
      clientIp: request.ip,
      userAgent: request.headers["user-agent"],
      readBody: (limit) => readIncomingText(request, limit),
    });
  }
  if (method !== "GET") return undefined;
  if (topicId !== undefined) return readTopicViews(services, topicId);
  const query = manyPath.exec(originalUrl)?.[1];
  return query === undefined ? undefined : readManyViews(services, new URLSearchParams(query));
}

function send(response: Response, { status, body, headers }: ApiAnswer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}
