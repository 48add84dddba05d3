import type { ApiScope } from "~/accounts/api-scopes";
import { DependencyError } from "~/platform/dependency-error.server";
import { findCaller } from "~/server/bearer.server";
import type { Services } from "~/services.server";
import { fatal, unauthorized } from "./sync-response.server";

/** Runs what a cron asks for, if it may; `actor` is who asked. Everybody else gets the documented 401. */
export async function answerCron(
  services: Pick<Services, "env" | "tokens" | "logger">,
  { request, scope }: { request: Request; scope: ApiScope },
  run: (actor: string) => Promise<Response>,
): Promise<Response> {
  try {
    const caller = await findCaller(services, request, scope);
    return caller.kind === "known" ? await run(caller.name) : unauthorized();
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    services.logger.warn({ err: error }, "A token could not be looked up");
    return fatal(error.message);
  }
}
