import type { ServerBuild } from "@remix-run/node";
import type { Logger } from "pino";
import { DependencyError } from "~/platform/dependency-error.server";
import { logOutage } from "~/platform/outage-log.server";
import { plainAnswer } from "./plain-answer";

/** Seconds after which it is worth asking again. */
const RETRY_AFTER_SECONDS = 5;

/** A loader or an action. */
type Handler = (args: never) => unknown;

/**
 * The same pages, but where a loader or an action throws because a server is away, the error boundary gets status 503
 * and a plain sentence that begins with the server. Anything else that is thrown goes on.
 */
export function withOutagesAnswered(build: ServerBuild, logger: Logger): ServerBuild {
  const routes = Object.entries(build.routes).map(([id, route]) => {
    if (!route) return [id, route];
    const { loader, action } = route.module;
    const module = {
      ...route.module,
      ...(loader && { loader: answering(loader, logger) }),
      ...(action && { action: answering(action, logger) }),
    };
    return [id, { ...route, module }];
  });
  return { ...build, routes: Object.fromEntries(routes) as ServerBuild["routes"] };
}

function answering<Asked extends Handler>(handler: Asked, logger: Logger) {
  return async (args: Parameters<Asked>[0]): Promise<unknown> => {
    try {
      return await handler(args);
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      logOutage(logger, error);
      const headers = { "Retry-After": String(RETRY_AFTER_SECONDS) };
      throw plainAnswer(503, "Service Unavailable", error.message, headers);
    }
  };
}
