import type { Fault } from "../fault";
import { breakSync } from "../mid-sync";
import type { RestartableServer } from "../servers";
import type { Stage } from "../stage";

/** Milliseconds that a server is away at most, beside the time it takes to start. */
const AWAY = 200;

/** Takes a server away in mid-sync, and starts it again. */
export function away(stage: Stage, server: RestartableServer, how: "stop" | "kill"): Promise<void> {
  return breakSync(stage, async () => {
    await stage.moment(5);
    await server[how]();
    await stage.moment(AWAY);
    await server.start();
  });
}

export const restartFaults: Fault[] = [
  {
    name: "postgres-restart",
    what: "Fast shutdown and start of PostgreSQL in mid-sync",
    strike: (stage) => away(stage, stage.servers.postgres, "stop"),
  },
  {
    name: "postgres-kill",
    what: "SIGKILL of all of PostgreSQL's processes in mid-sync, recovery",
    strike: (stage) => away(stage, stage.servers.postgres, "kill"),
  },
  {
    name: "redis-restart",
    what: "Shutdown and start of Redis in mid-sync",
    strike: (stage) => away(stage, stage.servers.redis, "stop"),
  },
  {
    name: "redis-kill",
    what: "SIGKILL of Redis in mid-sync, AOF loaded",
    strike: (stage) => away(stage, stage.servers.redis, "kill"),
  },
];
