import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { LoginLimits } from "~/accounts/login-limits.server";
import { LegacyCounters } from "~/counting/legacy-counters.server";
import { viewerOf } from "~/counting/viewer";
import { ViewTracker } from "~/counting/view-tracker.server";
import { startRedis } from "../../scripts/local/redis";
import { waitUntil } from "../../scripts/local/wait-until";
import { passTime } from "../helpers/marks";
import { temporaryFolder } from "../helpers/servers";
import { connectServers, syncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

/**
 * Dragonfly, strict clusters and hosted servers run a script only if it declares every key that it touches.
 * Redis itself does not check this, so the keys that scripts touch are compared with those that they declare.
 */

const use = useServers();

/** A command in the output of MONITOR, and whether a script sent it. */
interface Seen {
  byScript: boolean;
  words: string[];
}

async function watch(
  url: string,
): Promise<{ seen: Seen[]; until(mark: string): Promise<void>; end(): void }> {
  const observer = new Redis(url, { protocol: 2 });
  await once(observer, "ready");
  const monitor = await observer.monitor();
  const seen: Seen[] = [];
  monitor.on("monitor", (_time: string, words: string[], source: string) => {
    seen.push({ byScript: source === "lua", words });
  });
  return {
    seen,
    until: (mark) =>
      waitUntil(() => Promise.resolve(seen.some(({ words }) => words.includes(mark))), {
        what: "the monitor to catch up",
        seconds: 10,
      }),
    end: () => [observer, monitor].forEach((client) => client.disconnect()),
  };
}

/** Of each script, what it declares and what the commands that follow it touch. */
async function undeclared(redis: Redis, seen: Seen[], prefix: string) {
  const wrong = new Set<string>();
  const scripts = new Set<string>();
  let declared: string[] = [];
  for (const { byScript, words } of seen) {
    const [name = ""] = words;
    if (!byScript) {
      if (!/^eval/i.test(name)) continue;
      declared = words.slice(3, 3 + Number(words[2]));
      if (declared.some((key) => key.includes(prefix))) scripts.add(words[1]!);
      continue;
    }
    if (!declared.some((key) => key.includes(prefix)) || /^time$/i.test(name)) continue;
    const touched = (await redis.call("COMMAND", "GETKEYS", ...words)) as string[];
    for (const key of touched) if (!declared.includes(key)) wrong.add(`${name} ${key}`);
  }
  return { wrong: [...wrong], scripts: scripts.size };
}

it("every script declares the keys that it touches", async () => {
  // A Redis of its own: ioredis fails if somebody else sends a command while it begins to watch.
  const server = await startRedis({ folder: await temporaryFolder(), temporary: true });
  const servers = connectServers(use.database.url, server.url);
  const dao = syncFixture(servers);
  const { redis, pool, keys, daoSlug, query, tracker } = dao;
  const prefix = `vcount-${daoSlug}`;
  const monitor = await watch(server.url);

  const countLimits = { windowSeconds: 3_600, perMinute: 120, perNetwork: 30 };
  for (let viewer = 0; viewer < 20; viewer += 1) {
    // Each one counts like a process that has just started, at the end of the epoch before.
    await passTime(dao, 1, { isOver: viewer > 15 });
    await new ViewTracker({ redis, keys, limits: countLimits }).count({
      ...{
        targetType: "forum_topic",
        targetId: "1",
        client: "203.0.113.7",
        network: "203.0.113.7",
      },
      viewer: viewerOf({ ip: "203.0.113.7", userAgent: `${viewer}` }),
    });
  }
  await dao.count("3");
  await redis.set(`${prefix}:topic:4`, 4);
  await query("INSERT INTO adopted_topics VALUES ($1, '4', 0)");
  const legacyCounters = new LegacyCounters({ redis, pool, keys, daoSlug, prefix });
  await dao.sync(dao.engine({ legacyCounters }));
  await tracker.getPending(["forum_topic:1"]);
  await dao.count("5");
  await redis.zadd(keys.parked, 2, "forum_topic:6");
  await dao.sync();
  const lastBatch = Number(await redis.get(keys.lastBatch)) + 1;
  await redis.set(keys.lastBatch, lastBatch);
  const old = { id: lastBatch, owner: "1", views: 2, returned: 0, openedAt: 1, since: 1 };
  await redis.hset(keys.batch, old);
  await redis.zadd(`${keys.batch}:${lastBatch}`, 2, "forum_topic:7");
  await dao.sync();
  await redis.set(keys.overlay, "of a wrong type");
  await dao.sync();
  await redis.del(keys.lastBatch);
  await dao.sync();
  const limits = new LoginLimits({ redis, keyPrefix: keys.loginPrefix, secret: "secret" });
  for (const ip of ["203.0.113.7", "203.0.113.8"]) await limits.admit({ email: "a@b.example", ip });
  expect(await dao.persisted("7")).toBe(2);

  const mark = randomBytes(8).toString("hex");
  await redis.echo(mark);
  await monitor.until(mark);
  monitor.end();
  const { wrong, scripts } = await undeclared(redis, monitor.seen, daoSlug);
  await servers.close();
  await server.stop();
  expect(wrong).toEqual([]);
  expect(scripts).toBeGreaterThanOrEqual(8);
});
