import type { TcpProxy } from "../../helpers/tcp-proxy";
import type { Fault } from "../fault";
import { breakSync, midSync, type SyncInFlight } from "../mid-sync";
import type { Stage } from "../stage";

/** Milliseconds that a link is out of order; sometimes longer than the application waits for Redis. */
const OUT_OF_ORDER = 400;
const LONG = 1_300;

interface Mischief {
  what: string;
  begin: (link: TcpProxy, stage: Stage) => void;
  /** A statement in flight survives it. */
  isLateOnly?: boolean;
}

const mischief: Record<string, Mischief> = {
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
  stage: Stage,
  link: TcpProxy,
  { begin, mustBreak }: Pick<Mischief, "begin"> & { mustBreak: boolean },
): Promise<void> {
  const strike = async ({ release }: SyncInFlight) => {
    await stage.moment(5);
    begin(link, stage);
    await release();
    await stage.moment(stage.random.chance(0.25) ? LONG : OUT_OF_ORDER);
    link.restore();
  };
  if (mustBreak) return breakSync(stage, strike);
  const sync = await midSync(stage);
  await strike(sync);
  await sync.answer;
}

/** A script is sent again on the next connection, and a sync may well survive; a statement is not. */
const links = [
  { prefix: "redis", title: "Redis", link: (stage: Stage) => stage.links.redis, isResent: true },
  {
    prefix: "postgres",
    title: "PostgreSQL",
    link: (stage: Stage) => stage.links.database,
    isResent: false,
  },
];

export const linkFaults: Fault[] = links.flatMap(({ prefix, title, link, isResent }) =>
  Object.entries(mischief).map(([name, { what, begin, isLateOnly = false }]) => ({
    name: `${prefix}-${name}`,
    what: `Link to ${title}: ${what}`,
    stage: { withLinks: true },
    strike: (stage: Stage) =>
      disturb(stage, link(stage), { begin, mustBreak: !isResent && !isLateOnly }),
  })),
);
