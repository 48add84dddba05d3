import type { AppServer } from "./app-server";

type Called = Pick<AppServer, "origin" | "cronSecret">;

/** Calls one of the endpoints for crons as the cron does, unless `init` says otherwise. */
export function callCron(
  app: Called,
  endpoint: "cleanup" | "sync-views",
  init: RequestInit & { headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${app.origin}/api/v1/forum/${endpoint}`, {
    method: "POST",
    ...init,
    headers: { Authorization: `Bearer ${app.cronSecret}`, ...init.headers },
  });
}

export function callSync(
  app: Called,
  init?: RequestInit & { headers?: Record<string, string> },
): Promise<Response> {
  return callCron(app, "sync-views", init);
}
