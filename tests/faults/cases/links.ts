import type { TcpProxy } from "../../helpers/tcp-proxy";
import type { Fault } from "../fault";
import { breakSync, midSync, type SyncInFlight } from "../mid-sync";
import type { System } from "../system";

/** How long a link is cut; sometimes longer than the application waits for Redis. */
const CUT_MS = 400;
const LONG_CUT_MS = 1_300;

interface LinkFault {
  what: string;
  begin: (link: TcpProxy, system: System) => void;
  /** A statement in flight survives it. */
  isLateOnly?: boolean;
}

const disturbances: Record<string, LinkFault> = {
  "drop-replies": {
    what: "only the replies are lost",
    begin: (link) => link.dropReplies(),
  },
  reset: {
    what: "connections are reset",
    begin: (link) => link.reset(),
  },
  stall: {
    what: "nothing arrives for a while, then all of it",
    begin: (link) => link.stall(),
    isLateOnly: true,
  },
  "cut-frame": {
    what: "connections end in the middle of a frame",
    begin: (link, { random }) =>
      link.cutWithin(random.pick(["requests", "replies"]), random.fraction()),
  },
};

async function disturb(
  system: System,
  link: TcpProxy,
  { begin, mustBreak }: Pick<LinkFault, "begin"> & { mustBreak: boolean },
): Promise<void> {
  const strike = async ({ release }: SyncInFlight) => {
    await system.moment(5);
    begin(link, system);
    await release();
    await system.moment(system.random.chance(0.25) ? LONG_CUT_MS : CUT_MS);
    link.restore();
  };
  if (mustBreak) return breakSync(system, strike);
  const sync = await midSync(system);
  await strike(sync);
  await sync.answer;
}

/** A script is sent again on the next connection, and the sync may survive; a statement is not sent again. */
const links = [
  { prefix: "redis", title: "Redis", link: (system: System) => system.links.redis, isResent: true },
  {
    prefix: "postgres",
    title: "PostgreSQL",
    link: (system: System) => system.links.database,
    isResent: false,
  },
];

export const linkFaults: Fault[] = links.flatMap(({ prefix, title, link, isResent }) =>
  Object.entries(disturbances).map(([name, { what, begin, isLateOnly = false }]) => ({
    name: `${prefix}-${name}`,
    what: `Link to ${title}: ${what}`,
    settings: { withLinks: true },
    strike: (system: System) =>
      disturb(system, link(system), { begin, mustBreak: !isResent && !isLateOnly }),
  })),
);
