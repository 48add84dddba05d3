import type { RequestHandler } from "express";
import type { Logger } from "pino";
import { plainAnswer } from "./plain-answer";

interface CheckedRequest {
  method: string;
  headers: { get(name: string): string | null };
}

/**
 * Whether a request that changes something comes from our own pages. Browsers send `Origin` with every such
 * request. Where privacy settings remove it, the headers `Sec-Fetch-Site` and `Referer` decide.
 */
export function isOwnOrigin(request: CheckedRequest, appOrigin: string): boolean {
  if (request.method === "GET" || request.method === "HEAD") return true;
  const origin = request.headers.get("Origin");
  if (origin !== null) return origin === appOrigin;
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site === "same-origin";
  const referer = request.headers.get("Referer");
  return referer !== null && URL.canParse(referer) && new URL(referer).origin === appOrigin;
}

/** Names the right address to people who opened the dashboard under another one than APP_ORIGIN. */
function refusal({ headers }: CheckedRequest, appOrigin: string): string {
  const origin = headers.get("Origin") ?? "";
  const isPlain = /^https?:\/\/[\w.:[\]-]{1,200}$/.test(origin);
  const given = isPlain ? `, but from ${origin}` : "";
  return `Refused: this request did not come from ${appOrigin}${given}. The dashboard works under ${appOrigin} only`;
}

/**
 * Refuses a change that another site asks for in a signed-in person's name. Remix checks no origin for
 * resource routes and `?_data=` requests, so every action starts with this (the guards do it).
 * @throws Response 403
 */
export function checkOrigin(request: Request, appOrigin: string): void {
  if (isOwnOrigin(request, appOrigin)) return;
  throw plainAnswer(403, "Forbidden", refusal(request, appOrigin));
}

/**
 * The same check before Remix, for everything but the API, which uses no cookies. Remix checks documents,
 * too, but answers 500, and compares the origin with the `Host`, which a proxy may have rewritten;
 * `ownAddress` gives Remix the host that was checked here.
 */
export function originCheck(appOrigin: string, logger: Logger): RequestHandler {
  let isLogged = false;
  return (request, response, next) => {
    if (request.path.startsWith("/api/")) return next();
    const headers = { get: (name: string) => request.get(name) ?? null };
    const checked = { method: request.method, headers };
    if (isOwnOrigin(checked, appOrigin)) return next();
    const reason = refusal(checked, appOrigin);
    // Logged once, because anybody who can reach us can cause it any number of times.
    if (!isLogged) logger.warn({ path: request.path, reason }, "A change was refused");
    isLogged = true;
    // Without this header Remix would take the answer for the result of the action.
    if (request.query._data !== undefined) response.set("X-Remix-Catch", "yes");
    return response.status(403).type("text/plain").send(reason);
  };
}

/**
 * Gives every request our own address. Remix puts its URL together from headers that anybody can set: a
 * `Host` or an `X-Forwarded-Proto` with a slash in it would lead to another path than the one checked here.
 */
export function ownAddress(appOrigin: string): RequestHandler {
  const { host } = new URL(appOrigin);
  return (request, response, next) => {
    if (!isOwnPath(request.originalUrl)) {
      const message = "The request cannot be answered";
      return response.status(400).json({ error: { code: "bad_request", message } });
    }
    request.headers.host = host;
    delete request.headers["x-forwarded-host"];
    delete request.headers["x-forwarded-proto"];
    return next();
  };
}

/** React Router cannot make a URL of a decoded backslash; the API itself refuses one and names the field. */
function isOwnPath(target: string): boolean {
  const [path = ""] = target.split("?", 1);
  return path.startsWith("/api/") || (path.startsWith("/") && !/\\|%5c/i.test(path));
}
