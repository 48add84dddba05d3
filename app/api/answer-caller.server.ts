import { json } from "@remix-run/node";
import type { ApiScope } from "~/accounts/api-scopes";
import { findCaller } from "~/server/bearer.server";
import type { Services } from "~/services.server";
import { apiError, unavailable, type Answer } from "./answers.server";

/**
 * Answers a caller that has a token with this scope; anybody else, and any failure, with the documented
 * error.
 */
export async function answerCaller(
  services: Pick<Services, "env" | "tokens" | "logger">,
  { request, scope }: { request: Request; scope: ApiScope },
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    const caller = await findCaller(services, request, scope);
    if (caller.kind === "known") return await answer();
    return respond(apiError(caller.status, caller.error));
  } catch (error) {
    return respond(unavailable(error, services.logger));
  }
}

export function respond({ status, body, headers }: Answer): Response {
  return json(body, { status, headers: headers ?? {} });
}
