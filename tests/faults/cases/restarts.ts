import type { Fault } from "../fault";
import { breakSync } from "../mid-sync";
import type { RestartableServer } from "../servers";
import type { System } from "../system";

/** The most milliseconds that a server is away, in addition to the time that it takes to start. */
const AWAY_MS = 200;

/** Takes a server away in mid-sync, and starts it again. */
export function away(
  system: System,
  server: RestartableServer,
  how: "stop" | "kill",
): Promise<void> {
  return breakSync(system, async () => {
    await system.moment(5);
    await server[how]();
    await system.moment(AWAY_MS);
    await server.start();
  });
}

export const restartFaults: Fault[] = [
  {
    name: "postgres-restart",
    what: "Fast shutdown and start of PostgreSQL in mid-sync",
    strike: (system) => away(system, system.servers.postgres, "stop"),
  },
  {
    name: "postgres-kill",
    what: "SIGKILL of all of PostgreSQL's processes in mid-sync, recovery",
    strike: (system) => away(system, system.servers.postgres, "kill"),
  },
  {
    name: "redis-restart",
    what: "Shutdown and start of Redis in mid-sync",
    strike: (system) => away(system, system.servers.redis, "stop"),
  },
  {
    name: "redis-kill",
    what: "SIGKILL of Redis in mid-sync, AOF loaded",
    strike: (system) => away(system, system.servers.redis, "kill"),
  },
];
