import type { Logger } from "pino";
import type { Dependency, DependencyError } from "./dependency-error.server";

/** An outage is over when nothing has failed for so long. */
const QUIET_MS = 10_000;

interface Outage {
  requests: number;
  startedAt: number;
  end: NodeJS.Timeout;
}

const outages = new WeakMap<Logger, Map<Dependency, Outage>>();

/** One line when requests begin to fail because a dependency is away, and one with their number when it is over. */
export function logOutage(logger: Logger, error: DependencyError): void {
  const { dependency } = error;
  const current = outages.get(logger) ?? new Map<Dependency, Outage>();
  outages.set(logger, current);
  const outage = current.get(dependency);
  if (outage) {
    outage.requests += 1;
    outage.end.refresh();
    return;
  }
  logger.warn({ err: error, dependency }, "Requests cannot be served");
  const begun: Outage = {
    requests: 1,
    startedAt: Date.now(),
    end: setTimeout(() => {
      current.delete(dependency);
      const seconds = Math.round((Date.now() - begun.startedAt - QUIET_MS) / 1_000);
      logger.warn({ dependency, requests: begun.requests, seconds }, "Requests are served again");
    }, QUIET_MS).unref(),
  };
  current.set(dependency, begun);
}
