import type { ViewKeys } from "~/sync/redis/view-keys";
import { waitUntil } from "../../../scripts/local/wait-until";
import { createTestServices, servicesReady } from "../../helpers/dashboard";
import { tcpProxy } from "../../helpers/tcp-proxy";
import type { Fault, PreparedFault } from "../fault";
import { midSync } from "../mid-sync";
import { type FaultServers, type RestartableRedis, startRestartableRedis } from "../servers";
import type { System } from "../system";
import { caughtUp } from "./replicas";

const PENDING_VIEWS = 400;
/** Views that are counted in the promoted replica before the admin decides. */
const LATER_VIEWS = 40;

const regressed = "Redis has lost a batch that it had acknowledged";

type Choice = "keep" | "discard";

/** A way to lose the master, and with it everything that the replica does not have. */
export interface Failover {
  /** Waits until the replica has everything, and cuts it off from what follows. */
  detach(): Promise<void>;
  /** Makes the application lose the master and find the replica. */
  switchOver(): Promise<void> | void;
  /** Makes the former master follow the new one. */
  follow(): Promise<void>;
  /** The URL of Redis for an admin's dashboard. */
  redisUrl(system: System): string;
}

/** A primary and its replica, which change places with every failover. */
class Replication {
  constructor(
    public primary: RestartableRedis,
    public replica: RestartableRedis,
  ) {}

  async follow(): Promise<void> {
    const { client } = this.replica;
    await client.replicaof("127.0.0.1", this.primary.port);
    await waitUntil(
      async () => (await client.info("replication")).includes("master_link_status:up"),
      { what: "the replica to follow", seconds: 20 },
    );
  }

  /** The replica has all that the primary has, and is cut off from what follows. */
  async promote(keys: ViewKeys): Promise<void> {
    await caughtUp(this.primary.client, keys);
    await this.replica.client.replicaof("NO", "ONE");
    [this.primary, this.replica] = [this.replica, this.primary];
  }
}

/**
 * The replica is cut off, a sync claims and applies on the primary, and then the replica is promoted: it
 * lacks the claim. Syncs must refuse until an admin decides, and the effect of the decision is known to the
 * last view.
 */
export async function loseWithMaster(
  system: System,
  failover: Failover,
  choice: Choice,
): Promise<void> {
  const { log, traffic, readers } = system;
  await Promise.all([traffic.stop(), readers.stop()]);
  await system.syncAll();
  await traffic.send(PENDING_VIEWS);
  const before = await system.persisted();
  await failover.detach();
  await claimAndApply(system, () => failover.switchOver());
  await system.ready();
  await traffic.send(LATER_VIEWS);

  const applied = difference(await system.persisted(), before);
  await expectRefusal(system);
  const promoted = await overlay(system);
  if (difference(await system.persisted(), before).size !== applied.size) {
    throw new Error("A sync of a regressed Redis has persisted something");
  }
  const discarded = await decide(system, failover.redisUrl(system), choice);
  for (const [topicId, views] of applied) log.adjust(topicId, views);
  if (choice === "discard") {
    if (discarded !== sum(promoted)) throw new Error(`${discarded} views were discarded, not all`);
    for (const [topicId, views] of promoted) log.adjust(topicId, -views);
  }
  // Until the decision, views of a batch that Redis no longer knows are shown twice.
  readers.forget();
  await failover.follow();
}

/** The sync runs to its end or to its middle: either way the promoted replica knows nothing of it. */
async function claimAndApply(
  system: System,
  switchOver: () => Promise<void> | void,
): Promise<void> {
  if (system.random.chance(0.5)) {
    await system.sync();
    await switchOver();
    return;
  }
  const { answer, release } = await midSync(system, { how: "locked" });
  await switchOver();
  await release();
  await answer;
}

async function expectRefusal(system: System): Promise<void> {
  let said: string | undefined;
  await waitUntil(
    async () => {
      const { status, body } = await system.sync();
      said = body.error;
      if (status === 200) throw new Error("A sync of a regressed Redis was a success");
      return said?.startsWith(regressed) ?? false;
    },
    { what: "a sync that notices", seconds: 20, every: 50 },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; the last said ${said}`);
  });
}

/** Decides in the same way as the dashboard. Returns the views that were discarded. */
async function decide(system: System, redisUrl: string, choice: Choice): Promise<number> {
  const { servers, daoSlug } = system;
  const services = createTestServices({ databaseUrl: servers.databaseUrl, redisUrl, daoSlug });
  try {
    await servicesReady(services);
    const outcome = await services.regression.resolve({
      choice,
      reason: "Redis failed over",
      actor: "admin@forum.test",
    });
    if (outcome.kind !== "resolved") throw new Error(`The decision came to ${outcome.kind}`);
    return outcome.discarded;
  } finally {
    await services.close();
  }
}

async function overlay({ redis, keys }: System): Promise<Map<string, number>> {
  const members = await redis.zrange(keys.overlay, "0", "-1", "WITHSCORES");
  const views = new Map<string, number>();
  for (let index = 0; index < members.length; index += 2) {
    views.set(members[index]!.replace("forum_topic:", ""), Number(members[index + 1]));
  }
  return views;
}

function difference(
  now: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const changed = new Map<string, number>();
  for (const [topicId, views] of now) {
    const more = views - (before.get(topicId) ?? 0);
    if (more !== 0) changed.set(topicId, more);
  }
  return changed;
}

function sum(views: ReadonlyMap<string, number>): number {
  return [...views.values()].reduce((total, count) => total + count, 0);
}

async function prepare(servers: FaultServers, choice: Choice): Promise<PreparedFault> {
  const second = await startRestartableRedis();
  // The suite's own link, which follows the application's to whichever is the primary.
  const link = await tcpProxy(servers.redis.url);
  const replication = new Replication(servers.redis, second);
  await replication.follow();
  return {
    settings: { withLinks: true, suiteRedisUrl: link.url },
    strike: (system) =>
      loseWithMaster(
        system,
        {
          detach: () => replication.promote(system.keys),
          switchOver() {
            for (const each of [system.links.redis, link]) each.retarget(replication.primary.url);
          },
          follow: () => replication.follow(),
          redisUrl: ({ links }) => links.redis.url,
        },
        choice,
      ),
    async stop() {
      // The suite's server, which the next fault needs, may be the replica now.
      await servers.redis.client.replicaof("NO", "ONE");
      await link.close();
      await second.remove();
    },
  };
}

const decisions: Record<Choice, string> = {
  keep: "the admin keeps the overlay",
  discard: "the admin discards the overlay",
};

export const failoverFaults: Fault[] = Object.entries(decisions).map(([choice, what]) => ({
  name: `failover-${choice}`,
  what: `A replica without the claim is promoted; ${what}`,
  rounds: 10,
  prepare: (servers) => prepare(servers, choice as Choice),
}));
